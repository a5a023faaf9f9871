import { useEffect, useRef, useState } from 'react';
import { Link } from '@tanstack/react-router';
import type { GatewayEvent } from '#libs/contracts';
import { UnreachableError } from '#libs/client';
import { client } from '../gateway/client.js';
import { troubleOf, type Trouble } from '../gateway/trouble.js';
import { ActButton } from '../parts/act-button.js';
import { usd } from '../parts/figures.js';
import { Panel } from '../parts/panel.js';
import { useRoom } from '../shell/room.js';
import { AnswerText } from '../views/answer-text.js';
import { OutsideText } from '../views/outside-text.js';
import { TroubleNote } from '../views/trouble-note.js';
import '../styles/transcript.css';

type Accepted = GatewayEvent<'message-accepted'>;

interface Trial {
  readonly text: string;
  readonly accepted: Accepted | null;
  readonly end: GatewayEvent<'turn-completed' | 'turn-failed' | 'turn-cancelled'> | null;
  readonly steps: readonly string[];
  readonly firstTextMs: number | null;
}

const NOTHING: Trial = { text: '', accepted: null, end: null, steps: [], firstTextMs: null };

/** Sends one message to the agent and shows the answer as it comes. Each try is a session of its own. */
export function TestBox({ agent }: { readonly agent: string }) {
  const [trial, setTrial] = useState<Trial | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController | null>(null);
  const { onEnded } = useRoom();
  useEffect(() => () => running.current?.abort(), []);

  const failed = (error: unknown): void => {
    const told = troubleOf(error);
    if (told.code === 'unauthenticated') onEnded();
    else setTrouble(told);
  };
  const send = async (content: string): Promise<void> => {
    const abort = new AbortController();
    running.current = abort;
    const since = performance.now();
    setTrouble(null);
    setTrial(NOTHING);
    setBusy(true);
    try {
      let ended = false;
      for await (const event of client.stream({ content, agent }, abort.signal)) {
        setTrial((before) => heard(before ?? NOTHING, event, performance.now() - since));
        ended ||= event.type.startsWith('turn-') && event.type !== 'turn-started';
      }
      if (!ended) throw new UnreachableError('the answer broke off');
    } catch (error) {
      if (!abort.signal.aborted) failed(error);
    } finally {
      setBusy(false);
    }
  };
  const stop = async (): Promise<void> => {
    const { accepted } = trial ?? NOTHING;
    try {
      if (accepted !== null) await client.cancelMessage(accepted.messageId);
    } catch (error) {
      failed(error);
    }
  };

  return (
    <Panel title="Try it">
      <form
        className="test-form"
        onSubmit={(event) => {
          event.preventDefault();
          const content = new FormData(event.currentTarget).get('content');
          if (!busy && typeof content === 'string' && content.trim() !== '') void send(content);
        }}
      >
        <label className="visually-hidden" htmlFor="test-content">Message</label>
        <textarea id="test-content" name="content" rows={3} required placeholder="A message to this agent" />
        <div className="actions">
          <ActButton type="submit" className="primary" off={busy}>Send</ActButton>
          {busy && <ActButton className="secondary" off={trial?.accepted === null} onClick={() => void stop()}>Stop</ActButton>}
        </div>
      </form>
      {trouble !== null && <TroubleNote trouble={trouble} />}
      {trial !== null && <Outcome trial={trial} busy={busy} />}
    </Panel>
  );
}

function Outcome({ trial: { text, accepted, end, steps, firstTextMs }, busy }: { readonly trial: Trial; readonly busy: boolean }) {
  return (
    <div className="test-answer" aria-busy={busy}>
      {steps.map((step, index) => (
        <p key={index} className="soft">
          <OutsideText>{step}</OutsideText>
        </p>
      ))}
      {text !== '' && <AnswerText text={text} streaming={busy} />}
      {end?.type === 'turn-failed' && <TroubleNote trouble={end.error} recorded />}
      {end?.type === 'turn-cancelled' && <p>Stopped.</p>}
      <p className="soft" role="status">
        <OutsideText>{summaryOf({ accepted, end, firstTextMs })}</OutsideText>
        {accepted !== null && (
          <>
            {' '}
            <Link to={`/sessions/${accepted.sessionId}`}>Open its session</Link>
          </>
        )}
      </p>
    </div>
  );
}

function summaryOf({ accepted, end, firstTextMs }: Pick<Trial, 'accepted' | 'end' | 'firstTextMs'>): string {
  if (accepted === null) return 'Sending';
  const first = firstTextMs === null ? '' : `First text after ${Math.round(firstTextMs).toLocaleString('en')} ms. `;
  if (end === null) return firstTextMs === null ? 'Accepted; waiting for the answer. ' : first;
  if (end.type !== 'turn-completed') return first;
  const { durationMs, queuedMs, model, usage } = end.meta;
  const tokens = (usage.inputTokens + usage.outputTokens).toLocaleString('en');
  const money = usage.costUsd === undefined ? '' : `, ${usd(usage.costUsd)}`;
  return `${first}Done in ${durationMs.toLocaleString('en')} ms, ${queuedMs.toLocaleString('en')} of them waiting; ${model}, ${tokens} tokens${money}. `;
}

function heard(before: Trial, event: GatewayEvent, afterMs: number): Trial {
  switch (event.type) {
    case 'message-accepted':
      return { ...before, accepted: event };
    case 'turn-started':
      return { ...before, text: '', steps: event.attempt === 1 ? before.steps : [...before.steps, `Begins again: attempt ${event.attempt}`] };
    case 'text-delta':
      return { ...before, text: before.text.slice(0, event.offset) + event.text, firstTextMs: before.firstTextMs ?? afterMs };
    case 'tool-called':
      return { ...before, steps: [...before.steps, `Calls ${event.skill}`] };
    case 'turn-completed':
      return { ...before, text: event.content, end: event };
    case 'turn-failed':
    case 'turn-cancelled':
      return { ...before, text: event.partial ?? before.text, end: event };
    default:
      return before;
  }
}
