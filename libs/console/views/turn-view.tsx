import { memo, type ReactNode } from 'react';
import type { Content, ReplyMeta } from '#libs/contracts';
import { isOpen, type Turn } from '../conversation/transcript.js';
import { duration, usd } from '../parts/figures.js';
import { AnswerText } from './answer-text.js';
import { OutsideText } from './outside-text.js';
import { ToolRow } from './tool-row.js';
import { TroubleNote } from './trouble-note.js';
import { UserMessage } from './user-message.js';
import { useCopy } from './use-copy.js';

interface TurnViewProps {
  readonly turn: Turn;
  /** Left out where one may only read. */
  readonly onSendAgain?: (content: Content) => void;
  /** What stands under the message. */
  readonly about?: (turn: Turn) => ReactNode;
}

/** One message and its answer. */
export const TurnView = memo(function TurnView({ turn, onSendAgain, about }: TurnViewProps) {
  const { content } = turn;
  const again = content !== null && onSendAgain !== undefined && maySendAgain(turn) && (
    <button type="button" className="secondary" onClick={() => onSendAgain(content)}>
      Send again
    </button>
  );
  return (
    <li className="turn" data-state={turn.state} data-turn={turn.turnId}>
      {content !== null && <UserMessage content={content} at={turn.acceptedAt} />}
      {about !== undefined && <p className="said-about">{about(turn)}</p>}
      <div className="answer" aria-busy={isOpen(turn)}>
        <span className="visually-hidden">Answer:</span>
        {turn.tools.length > 0 && (
          <div className="tools">
            {turn.tools.map((tool) => (
              <ToolRow key={tool.callId} tool={tool} />
            ))}
          </div>
        )}
        {turn.text !== '' && <AnswerText text={turn.text} streaming={turn.state === 'running'} />}
        <Waiting turn={turn} />
        {turn.state === 'failed' && turn.error !== null && (
          <TroubleNote trouble={turn.error} recorded>
            {again}
          </TroubleNote>
        )}
        {turn.state === 'cancelled' && (
          <div className="cancelled">
            <p>Stopped</p>
            {again}
          </div>
        )}
        {turn.meta !== null && <Footer meta={turn.meta} text={turn.text} />}
      </div>
    </li>
  );
});

function Waiting({ turn }: { turn: Turn }) {
  if (turn.state === 'queued') return <p className="waiting">Queued</p>;
  if (turn.state !== 'running' || turn.text !== '') return null;
  const working = turn.phase === null ? 'Working' : `Working: ${turn.phase}`;
  return <p className="waiting">{turn.attempt > 1 ? `${working}, attempt ${turn.attempt}` : working}</p>;
}

function Footer({ meta, text }: { meta: ReplyMeta; text: string }) {
  const { label, copy } = useCopy();
  const { inputTokens, outputTokens, costUsd } = meta.usage;
  return (
    <footer className="meta">
      <span title="Model">
        <OutsideText>{meta.model}</OutsideText>
      </span>
      <span title={`from acceptance to the end; ${duration(meta.queuedMs)} of it in the queue`}>{duration(meta.durationMs)}</span>
      <span title="Tokens in and out">
        {inputTokens.toLocaleString('en')} in, {outputTokens.toLocaleString('en')} out
      </span>
      {costUsd !== undefined && <span>{usd(costUsd)}</span>}
      <button type="button" className="quiet" onClick={() => copy(text)} aria-label={`${label} answer`}>
        {label}
      </button>
    </footer>
  );
}

function maySendAgain(turn: Turn): boolean {
  return turn.state === 'cancelled' || (turn.error !== null && (turn.error.retryable || turn.error.code === 'execution_failed'));
}
