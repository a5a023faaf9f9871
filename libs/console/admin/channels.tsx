import { useState } from 'react';
import { ChannelSchema, DEFAULT_TENANT, SentThroughSchema, type ChannelView } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { http } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { useList } from '../gateway/use-list.js';
import { Badge } from '../parts/badge.js';
import { useConfirm } from '../parts/confirm.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { Modal } from '../parts/modal.js';
import { Page as PageFrame } from '../parts/page.js';
import { TimeText } from '../parts/time-text.js';
import { useMay, useMe } from '../shell/me.js';
import { Field, TextField, textOf } from './field.js';
import { FormModal } from './form-modal.js';
import { Named } from './named.js';
import { Secret } from './secret.js';
import '../styles/admin.css';

const PATH = '/api/v1/channels';
const REFRESH_MS = 2_000;
/** The door that this page itself comes through. */
const OWN = 'http';

/** The doors: what comes in and goes out, and whether they are open. */
export function Page() {
  const list = useList(PATH, ChannelSchema, { refreshMs: REFRESH_MS });
  const mayWrite = useMay(PERMISSIONS.writeControlPlane);
  const gatewayWide = useMe().tenantId === DEFAULT_TENANT;
  const [sending, setSending] = useState<string | null>(null);
  const change = useChange();

  const columns: Column<ChannelView>[] = [
    { head: 'Channel', width: 'minmax(7rem, 2fr)', phone: 'title', cell: ({ name }) => <strong>{name}</strong> },
    { head: 'State', width: '6.5rem', cell: ({ state }) => <Badge tone={state === 'running' ? 'good' : 'warn'}>{state}</Badge> },
    { head: 'Delivers', width: '7.5rem', phone: 'hidden', cell: ({ delivery }) => delivery },
    { head: 'Connections', width: '6.5rem', align: 'end', cell: ({ connections }) => <Named word="inside">{connections.toLocaleString('en')}</Named> },
    { head: 'Messages in', width: '6.5rem', align: 'end', cell: ({ messagesIn }) => <Named word="in">{messagesIn?.toLocaleString('en') ?? '–'}</Named> },
    { head: 'Events out', width: '6rem', align: 'end', cell: ({ eventsOut }) => <Named word="out">{eventsOut?.toLocaleString('en') ?? '–'}</Named> },
    { head: 'Open since', width: '6.5rem', cell: ({ startedAt }) => (startedAt === null ? '–' : <TimeText at={startedAt} />) },
  ];
  if (mayWrite) {
    columns.push({
      head: 'Actions',
      width: '7.5rem',
      align: 'end',
      cell: (channel) => (
        <span className="row-acts">
          {sendsOutward(channel) && (
            <button type="button" className="quiet" onClick={() => setSending(channel.name)} aria-label={`Send through ${channel.name}`}>
              Send
            </button>
          )}
          {gatewayWide && (
            <button type="button" className="quiet" onClick={() => void change(channel)} aria-label={`${channel.state === 'running' ? 'Stop' : 'Start'} ${channel.name}`}>
              {channel.state === 'running' ? 'Stop' : 'Start'}
            </button>
          )}
        </span>
      ),
    });
  }
  return (
    <PageFrame title="Channels" fills lead="The doors of this process. Counters begin with its start.">
      <DataTable label="Channels" list={list} columns={columns} rowId={({ name }) => name} empty={<p>No channel.</p>} />
      <SendThrough channel={sending} onClose={() => setSending(null)} />
    </PageFrame>
  );
}

/** Doors with sockets answer those inside; only the others send to somebody who is not there. */
function sendsOutward({ name }: ChannelView): boolean {
  return !['http', 'socketio', 'websocket'].includes(name);
}

function useChange(): (channel: ChannelView) => Promise<void> {
  const { act } = useAct();
  const confirm = useConfirm();
  return async ({ name, state, connections }) => {
    const verb = state === 'running' ? 'stop' : 'start';
    if (verb === 'stop') {
      const inside = connections === 0 ? '' : ` ${connections.toLocaleString('en')} connections are let go and may come back once it is open.`;
      const own = name === OWN ? ' Messages over HTTP are refused; this console stays reachable.' : '';
      const text = `Newcomers are told to come back later.${inside} Messages that were accepted are answered all the same.${own}`;
      if (!(await confirm({ title: `Stop the channel ${name}?`, text, action: 'Stop it' }))) return;
    }
    const done = verb === 'stop' ? `The channel ${name} is stopped` : `The channel ${name} is open`;
    await act(() => http.call('POST', `${PATH}/${encodeURIComponent(name)}/${verb}`, ChannelSchema), { done, refresh: [PATH] });
  };
}

function SendThrough({ channel, onClose }: { readonly channel: string | null; readonly onClose: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  const submit = async (form: FormData): Promise<void> => {
    const body = { to: textOf(form, 'to'), content: textOf(form, 'content') };
    const sent = await http.call('POST', `${PATH}/${encodeURIComponent(channel ?? '')}/send`, SentThroughSchema, { body });
    setSecret(sent.secret ?? null);
  };
  return (
    <>
      <FormModal title={`Send through ${channel ?? ''}`} open={channel !== null} onClose={onClose} action="Send" submit={submit} done="On its way" refresh={[PATH]}>
        <Field name="to" label="To" required maxLength={2048} placeholder="https://receiver.example/hook" />
        <TextField name="content" label="Message" required rows={4} />
      </FormModal>
      <Modal title="Signing secret of this address" open={secret !== null} onClose={() => setSecret(null)} dismissible={false}>
        <p>The address is new. What goes there is signed with this secret, which is shown only now.</p>
        {secret !== null && <Secret label="Signing secret" value={secret} onClose={() => setSecret(null)} />}
      </Modal>
    </>
  );
}
