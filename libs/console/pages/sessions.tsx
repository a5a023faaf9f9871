import { AgentSchema, PRINCIPAL_KINDS, SessionSchema, visibleText, type Session } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { useList } from '../gateway/use-list.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { ChoiceField, FilterBar, SearchField, SuggestField } from '../parts/filter-bar.js';
import { Page as PageFrame } from '../parts/page.js';
import { shortName } from './session/short-name.js';
import { RowLink } from '../parts/row-link.js';
import { TimeText } from '../parts/time-text.js';
import { WhoText } from '../parts/who-text.js';
import { useFilters } from '../parts/use-filters.js';
import { May, useMe } from '../shell/me.js';
import { OutsideText } from '../views/outside-text.js';

const REFRESH_MS = 5_000;

const COLUMNS: readonly Column<Session>[] = [
  {
    head: 'Title',
    width: 'minmax(0, 3fr)',
    phone: 'title',
    cell: ({ id, title }) => <RowLink to={`/sessions/${id}`}><OutsideText>{title ?? shortName(id)}</OutsideText></RowLink>,
  },
  { head: 'Owner', width: 'minmax(0, 2fr)', cell: ({ owner }) => <WhoText who={owner} /> },
  { head: 'Agent', width: 'minmax(0, 1fr)', cell: ({ agent }) => <OutsideText>{agent}</OutsideText> },
  { head: 'Events', width: '5rem', align: 'end', phone: 'hidden', cell: ({ lastSeq }) => lastSeq.toLocaleString('en') },
  { head: 'Last change', width: '8rem', cell: ({ updatedAt }) => <TimeText at={updatedAt} /> },
];

/** All sessions that one may read; found by title, owner and agent. */
export function Page() {
  const [filters, setFilters] = useFilters('q', 'agent', 'owner');
  const list = useList('/api/v1/sessions', SessionSchema, { filters, refreshMs: REFRESH_MS });
  const filtered = Object.values(filters).some((value) => value !== '');
  return (
    <PageFrame title="Sessions" fills lead="Conversations, newest first.">
      <FilterBar>
        <SearchField label="Search titles" value={filters.q} onChange={(q) => setFilters({ q })} />
        <OwnerField owner={filters.owner} sessions={list.rows} onChange={(owner) => setFilters({ owner })} />
        <May needs={PERMISSIONS.readControlPlane}>
          <AgentChoice agent={filters.agent} onChange={(agent) => setFilters({ agent })} />
        </May>
      </FilterBar>
      <DataTable
        label="Sessions"
        list={list}
        columns={COLUMNS}
        rowId={({ id }) => id}
        empty={
          filtered ? (
            <>
              <p>No session fits.</p>
              <button type="button" className="secondary" onClick={() => setFilters({ q: '', agent: '', owner: '' })}>
                Show all
              </button>
            </>
          ) : (
            <p>
              Nobody has said anything yet. A session begins with a message: say one in the <a href="/playground">playground</a>.
            </p>
          )
        }
      />
    </PageFrame>
  );
}

interface OwnerFieldProps {
  readonly owner: string;
  /** Those in the list; their owners are suggested. */
  readonly sessions: readonly Session[];
  readonly onChange: (owner: string) => void;
}

const SUGGESTED = 20;

function OwnerField({ owner, sessions, onChange }: OwnerFieldProps) {
  const { kind, id } = useMe();
  const mine = `${kind}:${id}`;
  const others = new Set(sessions.map((one) => `${one.owner.kind}:${one.owner.id}`));
  others.delete(mine);
  const suggestions = [[mine, 'Me'] as const, ...[...others].slice(0, SUGGESTED).map((one) => [one, visibleText(one.replace(':', ' '))] as const)];
  return <SuggestField label="Owner" value={owner} example="anybody, or user:ada" suggestions={suggestions} meant={ownerMeant} onChange={onChange} />;
}

/** `user:ada` and `user ada` name an owner whole; a word alone is the id of a user. */
function ownerMeant(typed: string): string | null {
  const [, kind, id = ''] = OWNER.exec(typed) ?? [];
  if (kind === undefined) return typed === '' ? '' : `user:${typed}`;
  return id === '' ? null : `${kind}:${id}`;
}

const OWNER = new RegExp(`^(${PRINCIPAL_KINDS.join('|')})(?:\\s*:\\s*|\\s+|$)(.*)$`, 's');

function AgentChoice({ agent, onChange }: { readonly agent: string; readonly onChange: (agent: string) => void }) {
  const { rows } = useList('/api/v1/control-plane/agents', AgentSchema);
  const names = new Set([...rows.map(({ name }) => name), ...(agent === '' ? [] : [agent])]);
  return <ChoiceField label="Agent" value={agent} choices={[['', 'All'], ...[...names].map((name) => [name, visibleText(name)] as const)]} onChange={onChange} />;
}
