import { OpenTurnSchema, type OpenTurnView } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { client } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { useList } from '../gateway/use-list.js';
import { AgentLink } from '../parts/agent-link.js';
import { Badge, type Tone } from '../parts/badge.js';
import { useConfirm } from '../parts/confirm.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { Page as PageFrame } from '../parts/page.js';
import { RowLink } from '../parts/row-link.js';
import { SinceText } from '../parts/since-text.js';
import { WhoText } from '../parts/who-text.js';
import { useMay } from '../shell/me.js';
import { OutsideText } from '../views/outside-text.js';

const PATH = '/api/v1/control-plane/queue';
const REFRESH_MS = 2_000;
const TONES: Record<OpenTurnView['state'], Tone> = { running: 'busy', queued: 'quiet', parked: 'warn' };

const COLUMNS: readonly Column<OpenTurnView>[] = [
  {
    head: 'From',
    width: 'minmax(0, 2fr)',
    phone: 'title',
    cell: ({ author, messageId }) => (
      <RowLink to={`/messages/${messageId}`}>
        <WhoText who={author} />
      </RowLink>
    ),
  },
  { head: 'State', width: '7rem', cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> },
  { head: 'Agent', width: 'minmax(0, 1fr)', cell: ({ agent }) => <AgentLink name={agent} /> },
  { head: 'Attempt', width: '5rem', align: 'end', phone: 'hidden', cell: ({ attempt }) => attempt },
  { head: 'Open for', width: '7rem', cell: ({ acceptedAt }) => <SinceText at={acceptedAt} /> },
];

/** The turns that wait or run; one can be stopped. */
export function Page() {
  const list = useList(PATH, OpenTurnSchema, { refreshMs: REFRESH_MS });
  const mayStop = useMay(PERMISSIONS.writeAllSessions);
  const stop = useStop();
  const act: Column<OpenTurnView> = {
    head: 'Actions',
    width: '5rem',
    align: 'end',
    cell: (turn) => (
      <button type="button" className="quiet" onClick={() => void stop(turn)} aria-label={`Stop the turn of ${turn.author.kind} ${turn.author.id}`}>
        Stop
      </button>
    ),
  };
  return (
    <PageFrame title="Queue" fills lead="Turns that wait or run, the oldest first.">
      <DataTable
        label="Queue"
        list={list}
        columns={mayStop ? [...COLUMNS, act] : COLUMNS}
        rowId={({ turnId }) => turnId}
        empty={<p>No turn waits and none runs.</p>}
      />
    </PageFrame>
  );
}

function useStop(): (turn: OpenTurnView) => Promise<void> {
  const confirm = useConfirm();
  const { act } = useAct();
  return async ({ messageId, state, agent }) => {
    const yes = await confirm({
      title: 'Stop this turn?',
      text: (
        <p>
          {state === 'running' ? 'The answer ends where it is now' : 'The message is not answered'}. The turn of <OutsideText>{agent}</OutsideText> is cancelled; that is
          final.
        </p>
      ),
      action: 'Stop it',
      keep: 'Let it go on',
    });
    if (yes) await act(() => client.cancelMessage(messageId), { done: 'The turn is stopped', refresh: [PATH] });
  };
}
