import { ConnectionSchema, type ConnectionView } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { http } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { useList } from '../gateway/use-list.js';
import { useConfirm } from '../parts/confirm.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { IdText } from '../parts/id-text.js';
import { Page as PageFrame } from '../parts/page.js';
import { TimeText } from '../parts/time-text.js';
import { WhoText } from '../parts/who-text.js';
import { useMay } from '../shell/me.js';

const PATH = '/api/v1/connections';
const REFRESH_MS = 3_000;

/** Who is connected now; a connection can be cut. */
export function Page() {
  const list = useList(PATH, ConnectionSchema, { refreshMs: REFRESH_MS });
  const mayCut = useMay(PERMISSIONS.writeControlPlane);
  const cut = useCut();
  const columns: Column<ConnectionView>[] = [
    { head: 'Who', width: 'minmax(0, 2fr)', phone: 'title', cell: ({ principal }) => <WhoText who={principal} /> },
    { head: 'Channel', width: '8rem', cell: ({ channel }) => channel },
    { head: 'Sessions', width: '6rem', align: 'end', cell: ({ sessions }) => sessions },
    { head: 'Since', width: '8rem', cell: ({ since }) => <TimeText at={since} /> },
    { head: 'Id', width: '7rem', phone: 'hidden', cell: ({ id }) => <IdText id={id} /> },
  ];
  if (mayCut) {
    columns.push({
      head: 'Actions',
      width: '5rem',
      align: 'end',
      cell: (connection) => (
        <button type="button" className="quiet" onClick={() => void cut(connection)} aria-label={`Cut ${connection.principal.kind} ${connection.principal.id}`}>
          Cut
        </button>
      ),
    });
  }
  return (
    <PageFrame title="Connections" fills lead="Open sockets and streams, newest first.">
      <DataTable label="Connections" list={list} columns={columns} rowId={({ id }) => id} empty={<p>Nobody is connected.</p>} />
    </PageFrame>
  );
}

function useCut(): (connection: ConnectionView) => Promise<void> {
  const confirm = useConfirm();
  const { act } = useAct();
  return async ({ id, principal, channel }) => {
    const yes = await confirm({
      title: 'Cut this connection?',
      text: (
        <p>
          <WhoText who={principal} /> is told why and does not come back by itself over {channel}. Running turns go on.
        </p>
      ),
      action: 'Cut',
    });
    if (yes) await act(() => http.callForNothing('DELETE', `${PATH}/${encodeURIComponent(id)}`), { done: 'The connection is cut', refresh: [PATH] });
  };
}
