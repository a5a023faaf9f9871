import { useState } from 'react';
import { AUDIT_OUTCOMES, AuditEntrySchema, AuditVerdictSchema, DEFAULT_TENANT, type AuditEntry, type AuditVerdict } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { http } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { useList } from '../gateway/use-list.js';
import { ActButton } from '../parts/act-button.js';
import { Badge, type Tone } from '../parts/badge.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { FilterBar, SearchField } from '../parts/filter-bar.js';
import { Modal } from '../parts/modal.js';
import { Page as PageFrame } from '../parts/page.js';
import { TimeText } from '../parts/time-text.js';
import { WhoText } from '../parts/who-text.js';
import { useFilters } from '../parts/use-filters.js';
import { useMay, useMe } from '../shell/me.js';
import { OutsideText } from '../views/outside-text.js';
import { beginOfDay, endOfDay } from './days.js';
import { changesBetween, type Change } from './diff.js';
import { Facts } from './facts.js';
import '../styles/admin.css';

const PATH = '/api/v1/audit';
/** A long log is walked for as long as it takes. */
const VERIFY_EXTRA_MS = 5 * 60 * 1000;

const TONES: Readonly<Record<(typeof AUDIT_OUTCOMES)[number], Tone>> = { done: 'good', failed: 'bad', refused: 'warn' };

/** Who did what; each entry shows what it changed, and the whole log can be checked and taken away. */
export function Page() {
  const [filters, setFilters] = useFilters('actor', 'action', 'from', 'to');
  const asked = { actor: filters.actor, action: filters.action, from: beginOfDay(filters.from), to: endOfDay(filters.to) };
  const list = useList(PATH, AuditEntrySchema, { filters: asked, refreshMs: 5_000 });
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const columns: Column<AuditEntry>[] = [
    { head: 'No.', width: '4rem', align: 'end', phone: 'hidden', cell: ({ seq }) => seq.toLocaleString('en') },
    {
      head: 'What',
      width: 'minmax(0, 1.7fr)',
      phone: 'title',
      cell: (entry) => (
        <button type="button" className="cell-open" onClick={() => setOpen(entry)}>
          <OutsideText>{entry.action}</OutsideText>
        </button>
      ),
    },
    { head: 'To what', width: 'minmax(0, 1.6fr)', cell: ({ target }) => (target === null ? '–' : <WhoText who={target} />) },
    { head: 'Who', width: 'minmax(0, 1.9fr)', cell: ({ actor }) => (actor === null ? 'nobody who is known' : <WhoText who={actor} />) },
    { head: 'From', width: '6.5rem', phone: 'hidden', cell: ({ address }) => address ?? 'the machine' },
    { head: 'Outcome', width: '6.5rem', cell: ({ outcome }) => <Badge tone={TONES[outcome]}>{outcome}</Badge> },
    { head: 'When', width: '6.5rem', cell: ({ at }) => <TimeText at={at} /> },
  ];
  return (
    <PageFrame title="Audit" fills lead="Who did what in the tenant, newest first. Each entry is chained to the one before." actions={<Actions asked={asked} />}>
      <FilterBar>
        <SearchField label="Action, such as key.create" value={filters.action} onChange={(action) => setFilters({ action })} />
        <SearchField label="Id of who did it" value={filters.actor} onChange={(actor) => setFilters({ actor })} />
        <DayField label="From" value={filters.from} onChange={(from) => setFilters({ from })} />
        <DayField label="To" value={filters.to} onChange={(to) => setFilters({ to })} />
      </FilterBar>
      <DataTable label="Audit" list={list} columns={columns} rowId={({ seq }) => String(seq)} empty={<p>Nothing was done that fits.</p>} />
      <Modal title={open === null ? '' : `Entry ${open.seq}`} open={open !== null} onClose={() => setOpen(null)}>
        {open !== null && <Entry entry={open} />}
      </Modal>
    </PageFrame>
  );
}

function Actions({ asked }: { readonly asked: Readonly<Record<string, string>> }) {
  const mayVerify = useMay(PERMISSIONS.administer);
  const gatewayWide = useMe().tenantId === DEFAULT_TENANT;
  const { act, busy } = useAct();
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null);
  const search = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''));
  const verify = async (): Promise<void> => {
    const found = await act(() => http.call('POST', `${PATH}/verify`, AuditVerdictSchema, { body: {}, extraMs: VERIFY_EXTRA_MS }));
    if (found !== null) setVerdict(found.value);
  };
  return (
    <>
      <a className="button secondary" href={`${PATH}/export?${search}`} download="audit.ndjson">
        Export
      </a>
      {mayVerify && gatewayWide && (
        <ActButton className="primary" off={busy} onClick={() => void verify()}>
          {busy ? 'Checking' : 'Verify the log'}
        </ActButton>
      )}
      <Modal title="The whole log" open={verdict !== null} onClose={() => setVerdict(null)}>
        {verdict !== null && <Verdict verdict={verdict} />}
      </Modal>
    </>
  );
}

function Verdict({ verdict: { ok, entries, broken } }: { readonly verdict: AuditVerdict }) {
  const count = entries.toLocaleString('en');
  if (ok) {
    return (
      <p>
        <Badge tone="good">as it was written</Badge> {count} entries were checked, each against the one before.
      </p>
    );
  }
  return (
    <>
      <p>
        <Badge tone="bad">not as it was written</Badge> {count} entries are in order.
      </p>
      {broken !== null && (
        <p>
          Entry {broken.seq.toLocaleString('en')}: <OutsideText>{broken.reason}</OutsideText>
        </p>
      )}
    </>
  );
}

function Entry({ entry }: { readonly entry: AuditEntry }) {
  const { at, actor, address, action, target, outcome, before, after, hash } = entry;
  return (
    <>
      <Facts
        items={[
          ['What', <OutsideText key="what">{action}</OutsideText>],
          ['To what', target === null ? '–' : <OutsideText key="target">{`${target.kind} ${target.id}`}</OutsideText>],
          ['Who', actor === null ? 'nobody who is known' : <OutsideText key="who">{[actor.name, actor.kind, actor.id].filter((part) => part !== undefined).join(' ')}</OutsideText>],
          ['From', address ?? 'the machine itself'],
          ['Outcome', <Badge key="outcome" tone={TONES[outcome]}>{outcome}</Badge>],
          ['When', `${new Date(at).toLocaleString()} (${at})`],
          ['Hash', <code key="hash" className="wrap">{hash}</code>],
        ]}
      />
      <Changes changes={changesBetween(before, after)} />
    </>
  );
}

function Changes({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return <p className="soft">It says of no value that it changed.</p>;
  return (
    <div className="diff-scroll" tabIndex={0} role="region" aria-label="What changed">
      <table className="diff">
        <thead>
          <tr>
            <th scope="col">Value</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ path, before, after }) => (
            <tr key={path}>
              <th scope="row"><OutsideText>{path}</OutsideText></th>
              <td className={before === null ? 'soft' : 'diff-before'}>{before === null ? '–' : <OutsideText>{before}</OutsideText>}</td>
              <td className={after === null ? 'soft' : 'diff-after'}>{after === null ? '–' : <OutsideText>{after}</OutsideText>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DayField({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void }) {
  return (
    <label className="filter">
      <span>{label}</span>
      <input type="date" value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}
