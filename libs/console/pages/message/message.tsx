import type { ReactNode } from 'react';
import { Link, useParams } from '@tanstack/react-router';
import { contentText, MessageSchema, TraceSchema, type Message, type Trace } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { client } from '../../gateway/client.js';
import { useAct } from '../../gateway/use-act.js';
import { useOne } from '../../gateway/use-one.js';
import { ActButton } from '../../parts/act-button.js';
import { Badge, type Tone } from '../../parts/badge.js';
import { useConfirm } from '../../parts/confirm.js';
import { duration } from '../../parts/figures.js';
import { IdText } from '../../parts/id-text.js';
import { Page as PageFrame } from '../../parts/page.js';
import { Panel } from '../../parts/panel.js';
import { Reading } from '../../parts/reading.js';
import { SinceText } from '../../parts/since-text.js';
import { WhoText } from '../../parts/who-text.js';
import { useMay } from '../../shell/me.js';
import { OutsideProse } from '../../views/outside-prose.js';
import { TroubleNote } from '../../views/trouble-note.js';
import { Timeline } from './timeline.js';

const REFRESH_MS = 1_000;
const TONES: Record<Message['status'], Tone> = { queued: 'quiet', running: 'busy', completed: 'good', failed: 'bad', cancelled: 'warn' };

/** The life of a message: each step with its time and its reason, and what came of it. */
export function Page() {
  const { messageId = '' } = useParams({ strict: false });
  const path = `/api/v1/messages/${encodeURIComponent(messageId)}`;
  const read = useOne(path, MessageSchema, { refreshMs: REFRESH_MS, until: isEnded });
  const { value: trace, trouble: traceTrouble } = useOne(`${path}/trace`, TraceSchema, { refreshMs: REFRESH_MS, until: isEnded });
  const message = read.value;
  const open = message !== null && !isEnded(message);
  return (
    <PageFrame
      title="The life of a message"
      back={
        message !== null && (
          <Link to={`/sessions/${message.sessionId}`} className="back">
            Its session
          </Link>
        )
      }
      actions={open && <StopTurn id={messageId} path={path} />}
    >
      <Reading one={read} />
      {message !== null && <Facts message={message} trace={trace} />}
      {read.trouble === null && traceTrouble !== null && <TroubleNote trouble={traceTrouble} />}
      {trace !== null && <Timeline trace={trace} status={message?.status} />}
      {message !== null && <Words message={message} />}
    </PageFrame>
  );
}

function isEnded({ status }: Pick<Message, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

function Facts({ message, trace }: { readonly message: Message; readonly trace: Trace | null }) {
  const { id, status, author, channel, reply } = message;
  const whole = trace?.steps.reduce((sum, { sinceMs }) => sum + sinceMs, 0);
  const accepted = trace?.steps[0]?.at;
  return (
    <dl className="facts-row">
      <Fact name="State">
        <Badge tone={TONES[status]}>{status}</Badge>
      </Fact>
      <Fact name="From">
        <WhoText who={author} /> by {channel}
      </Fact>
      {isEnded(message) && whole !== undefined && <Fact name="Took">{duration(whole)}</Fact>}
      {!isEnded(message) && accepted !== undefined && (
        <Fact name="So far">
          <SinceText at={accepted} />
        </Fact>
      )}
      {reply !== undefined && (
        <Fact name="Tokens">
          {reply.meta.usage.inputTokens.toLocaleString('en')} in, {reply.meta.usage.outputTokens.toLocaleString('en')} out
        </Fact>
      )}
      <Fact name="Id">
        <IdText id={id} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Words({ message: { content, reply, error } }: { readonly message: Message }) {
  return (
    <div className="words">
      <Panel title="What was said">
        <OutsideProse>{contentText(content)}</OutsideProse>
      </Panel>
      {reply !== undefined && (
        <Panel title="What was answered">
          <OutsideProse>{reply.content}</OutsideProse>
        </Panel>
      )}
      {error !== undefined && (
        <Panel title="Why there is no answer">
          <TroubleNote trouble={error} recorded />
        </Panel>
      )}
    </div>
  );
}

function StopTurn({ id, path }: { readonly id: string; readonly path: string }) {
  const may = useMay(PERMISSIONS.writeAllSessions);
  const confirm = useConfirm();
  const { busy, act } = useAct();
  const stop = async (): Promise<void> => {
    const yes = await confirm({ title: 'Stop this turn?', text: <p>The answer ends where it is. That is final.</p>, action: 'Stop it', keep: 'Let it go on' });
    if (yes) await act(() => client.cancelMessage(id), { done: 'The turn is stopped', refresh: [path, `${path}/trace`] });
  };
  if (!may) return null;
  return (
    <ActButton className="secondary" off={busy} onClick={() => void stop()}>
      Stop
    </ActButton>
  );
}
