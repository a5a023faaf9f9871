import { useMemo } from 'react';
import { SettingsViewSchema, type SettingView } from '#libs/contracts';
import { useOne } from '../gateway/use-one.js';
import { Badge } from '../parts/badge.js';
import { FilterBar, SearchField } from '../parts/filter-bar.js';
import { Page as PageFrame } from '../parts/page.js';
import { Reading } from '../parts/reading.js';
import { useFilters } from '../parts/use-filters.js';
import { OutsideText } from '../views/outside-text.js';
import '../styles/admin.css';

/** What the gateway runs with. Settings come from its environment, so nothing is changed here. */
export function Page() {
  const read = useOne('/api/v1/control-plane/settings', SettingsViewSchema);
  const { value } = read;
  const [filters, setFilters] = useFilters('q');
  const shown = useMemo(() => value?.items.filter((item) => fits(item, filters.q)) ?? [], [value, filters.q]);
  return (
    <PageFrame title="Settings" lead="They come from the environment of the process; secrets are not shown. To change one, set it there and start again.">
      <FilterBar>
        <SearchField label="Search settings" value={filters.q} onChange={(q) => setFilters({ q })} />
        {value !== null && <span className="filter">Version {value.version}</span>}
      </FilterBar>
      <Reading one={read} />
      <ul className="setting-list">
        {shown.map((setting) => (
          <li key={setting.name} className="setting">
            <div className="setting-name">
              <code>{setting.name}</code>
              {setting.isSet && <Badge tone="busy">set</Badge>}
            </div>
            <div className="setting-value">
              <Value setting={setting} />
            </div>
            <p className="form-hint">{setting.description.replaceAll('`', '')}</p>
          </li>
        ))}
      </ul>
      {value !== null && shown.length === 0 && <div className="empty"><p>No setting has these letters in it.</p></div>}
    </PageFrame>
  );
}

function Value({ setting: { value, secret, isSet } }: { readonly setting: SettingView }) {
  if (secret) return isSet ? <span title="A secret is never shown">••••••••</span> : <span className="soft">not set</span>;
  if (value === null || (Array.isArray(value) && value.length === 0)) return <span className="soft">{isSet ? '–' : 'not set'}</span>;
  return <code><OutsideText>{Array.isArray(value) ? value.join(', ') : String(value)}</OutsideText></code>;
}

function fits({ name, description }: SettingView, text: string): boolean {
  return `${name} ${description}`.toLowerCase().includes(text.toLowerCase());
}
