import type { Author, Content, GatewayEvent, Phase, Problem, ReplyMeta, StoredEventType, TurnState } from '#libs/contracts';

export type StoredEvent = GatewayEvent<StoredEventType>;

export interface ToolCall {
  readonly callId: string;
  readonly skill: string;
  readonly input: unknown;
  /** Null while it runs. */
  readonly outcome: 'ok' | 'error' | 'denied' | null;
  readonly output: unknown;
}

/** One message and what became of it. `content` is null when the message lies before the part of the session that was loaded. */
export interface Turn {
  readonly turnId: string;
  readonly messageId: string | null;
  readonly state: TurnState;
  readonly content: Content | null;
  readonly clientId: string | null;
  readonly author: Author | null;
  readonly acceptedAt: string | null;
  readonly agent: string | null;
  readonly attempt: number;
  readonly phase: Phase | null;
  readonly tools: readonly ToolCall[];
  readonly text: string;
  readonly meta: ReplyMeta | null;
  readonly error: Problem | null;
}

export interface Transcript {
  readonly sessionId: string;
  /** Stored events up to and including this one are folded in. */
  readonly lastSeq: number;
  readonly turns: readonly Turn[];
  readonly deleted: boolean;
}

/** A transcript of which nothing is loaded yet; the next event it takes is the one behind `lastSeq`. */
export function emptyTranscript(sessionId: string, lastSeq: number): Transcript {
  return { sessionId, lastSeq, turns: [], deleted: false };
}

/** True for states in which a turn still may say something. */
export function isOpen(turn: Turn): boolean {
  return turn.state === 'queued' || turn.state === 'running';
}

/** Takes one stored event; the caller has seen to it that it is the next one. */
export function foldStored(transcript: Transcript, event: StoredEvent): Transcript {
  const next = { ...transcript, lastSeq: event.seq };
  switch (event.type) {
    case 'session-deleted':
      return { ...next, deleted: true };
    case 'message-accepted':
      return change(next, event.turnId, (turn) => ({
        ...turn,
        messageId: event.messageId,
        content: event.content,
        clientId: event.clientId ?? null,
        author: event.author,
        acceptedAt: event.at,
      }));
    case 'turn-started':
      return change(next, event.turnId, (turn) => ({
        ...turn,
        messageId: event.messageId,
        state: 'running',
        agent: event.agent,
        attempt: event.attempt,
      }));
    case 'phase-changed':
      return change(next, event.turnId, (turn) => ({ ...turn, phase: event.phase }));
    case 'tool-called':
      return change(next, event.turnId, (turn) => ({
        ...turn,
        tools: [
          ...turn.tools.filter((tool) => tool.callId !== event.callId),
          { callId: event.callId, skill: event.skill, input: event.input, outcome: null, output: null },
        ],
      }));
    case 'tool-finished':
      return change(next, event.turnId, (turn) => ({
        ...turn,
        tools: turn.tools.map((tool) =>
          tool.callId === event.callId ? { ...tool, outcome: event.outcome, output: event.output } : tool,
        ),
      }));
    case 'turn-completed':
      return change(next, event.turnId, (turn) => ({ ...turn, state: 'completed', text: event.content, meta: event.meta }));
    case 'turn-failed':
      return change(next, event.turnId, (turn) => ({ ...turn, state: 'failed', text: event.partial ?? turn.text, error: event.error }));
    case 'turn-cancelled':
      return change(next, event.turnId, (turn) => ({ ...turn, state: 'cancelled', text: event.partial ?? turn.text }));
  }
}

/** Takes streamed text: it replaces everything from its offset on. Text that would leave a hole waits for the delta that begins at 0. */
export function foldDelta(transcript: Transcript, delta: GatewayEvent<'text-delta'>): Transcript {
  const turn = transcript.turns.findLast((candidate) => candidate.turnId === delta.turnId);
  if (turn === undefined || !isOpen(turn) || delta.offset > turn.text.length) return transcript;
  return change(transcript, delta.turnId, (known) => ({ ...known, text: known.text.slice(0, delta.offset) + delta.text }));
}

/** The text that open turns have streamed so far, carried from one transcript of a session to a newer reading of it. */
export function carryOpenText(from: Transcript, to: Transcript): Transcript {
  const texts = new Map(from.turns.filter(isOpen).map((turn) => [turn.turnId, turn.text]));
  return { ...to, turns: to.turns.map((turn) => (isOpen(turn) ? { ...turn, text: texts.get(turn.turnId) ?? turn.text } : turn)) };
}

function change(transcript: Transcript, turnId: string, apply: (turn: Turn) => Turn): Transcript {
  const index = transcript.turns.findLastIndex((turn) => turn.turnId === turnId);
  const known = transcript.turns[index];
  if (known !== undefined) return { ...transcript, turns: transcript.turns.with(index, apply(known)) };
  const turn = apply(newTurn(turnId));
  if (turn.content !== null) return { ...transcript, turns: [...transcript.turns, turn] };
  const firstWhole = transcript.turns.findIndex((candidate) => candidate.content !== null);
  return { ...transcript, turns: transcript.turns.toSpliced(firstWhole === -1 ? transcript.turns.length : firstWhole, 0, turn) };
}

function newTurn(turnId: string): Turn {
  return {
    turnId,
    messageId: null,
    state: 'queued',
    content: null,
    clientId: null,
    author: null,
    acceptedAt: null,
    agent: null,
    attempt: 0,
    phase: null,
    tools: [],
    text: '',
    meta: null,
    error: null,
  };
}
