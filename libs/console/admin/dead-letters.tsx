import { useState } from 'react';
import { DeliverySchema, RedrivenSchema, visibleText, type Delivery } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { http } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { useList } from '../gateway/use-list.js';
import { ActButton } from '../parts/act-button.js';
import { useConfirm } from '../parts/confirm.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { IdText } from '../parts/id-text.js';
import { Page as PageFrame } from '../parts/page.js';
import { TimeText } from '../parts/time-text.js';
import { useTell } from '../parts/toasts.js';
import { useMay } from '../shell/me.js';
import { OutsideText } from '../views/outside-text.js';
import '../styles/admin.css';

const PATH = '/api/v1/dead-letters';
const REFRESH_MS = 5_000;
/** As many as the gateway takes in one call. */
const AT_ONCE = 200;

/** Deliveries that were given up; sent again one by one, or those that are chosen. */
export function Page() {
  const list = useList(PATH, DeliverySchema, { refreshMs: REFRESH_MS });
  const mayRedrive = useMay(PERMISSIONS.writeControlPlane);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { redrive, busy } = useRedrive(() => setChosen(new Set()));
  const picked = list.rows.filter(({ id }) => chosen.has(id)).map(({ id }) => id);

  const columns: Column<Delivery>[] = [
    { head: 'To', width: 'minmax(0, 1.1fr)', phone: 'title', cell: ({ to }) => <span title={visibleText(to)}><OutsideText>{to}</OutsideText></span> },
    { head: 'Why it was given up', cell: ({ reason = 'not known' }) => <span title={visibleText(reason)}><OutsideText>{reason}</OutsideText></span> },
    { head: 'Channel', width: '5.5rem', cell: ({ channel }) => channel },
    { head: 'Attempts', width: '5rem', align: 'end', phone: 'hidden', cell: ({ attempts }) => attempts },
    { head: 'Given up', width: '6.5rem', cell: ({ updatedAt }) => <TimeText at={updatedAt} /> },
    { head: 'Id', width: '6.5rem', phone: 'hidden', cell: ({ id }) => <IdText id={id} /> },
  ];
  if (mayRedrive) {
    columns.unshift({
      head: 'Choose',
      width: '4rem',
      phone: 'mark',
      cell: ({ id, to }) => (
        <input
          type="checkbox"
          aria-label={`Choose the letter to ${to}`}
          checked={chosen.has(id)}
          onChange={() => setChosen((before) => toggled(before, id))}
        />
      ),
    });
  }
  return (
    <PageFrame
      title="Dead letters"
      fills
      lead="Deliveries that were given up, newest first."
      actions={
        mayRedrive &&
        list.rows.length > 0 && (
          <>
            <button type="button" className="secondary" onClick={() => setChosen(picked.length === list.rows.length ? new Set() : new Set(list.rows.map(({ id }) => id)))}>
              {picked.length === list.rows.length ? 'Choose none' : `Choose all ${list.rows.length.toLocaleString('en')}${list.hasMore ? ' read so far' : ''}`}
            </button>
            <ActButton className="primary" off={picked.length === 0 || busy} onClick={() => void redrive(picked)}>
              {picked.length === 0 ? 'Send again' : `Send ${picked.length.toLocaleString('en')} again`}
            </ActButton>
          </>
        )
      }
    >
      <DataTable
        label="Dead letters"
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        empty={<p>No dead letter. What could not be delivered comes here once it is given up.</p>}
      />
    </PageFrame>
  );
}

/** Asks, then sends all of them again, as many in a call as the gateway takes. */
function useRedrive(after: () => void) {
  const { act, busy } = useAct();
  const confirm = useConfirm();
  const tell = useTell();
  const redrive = async (ids: readonly string[]): Promise<void> => {
    const many = ids.length === 1 ? 'this letter' : `${ids.length.toLocaleString('en')} letters`;
    const text = 'Each goes out once more, its attempts counted anew. A receiver that got it before can tell by its id.';
    if (!(await confirm({ title: `Send ${many} again?`, text, action: 'Send again', destroys: false }))) return;
    const done = await act(
      async () => {
        let redriven = 0;
        for (let from = 0; from < ids.length; from += AT_ONCE) {
          const answer = await http.call('POST', `${PATH}/redrive`, RedrivenSchema, { body: { ids: ids.slice(from, from + AT_ONCE) } });
          redriven += answer.redriven;
        }
        return redriven;
      },
      { refresh: [PATH] },
    );
    if (done === null) return;
    const left = ids.length - done.value;
    tell.done(left === 0 ? `${done.value} sent again` : `${done.value} sent again; ${left} were no dead letters any more or found no room`);
    after();
  };
  return { redrive, busy };
}

function toggled(before: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(id)) next.add(id);
  return next;
}
