import type { Problem, Session } from '#libs/contracts';
import type { Trouble } from '../gateway/trouble.js';
import type { Outbox, PendingMessage } from './outbox.js';
import { randomId } from './random-id.js';
import type { Transcript } from './transcript.js';

export type Connection = 'connecting' | 'open' | 'lost' | 'refused';

export interface PlaygroundView {
  readonly connection: Connection;
  /** Why the gateway closed the connection, when it said so. */
  readonly refusal: Problem | null;
  /** Null: a conversation that has not begun. */
  readonly sessionId: string | null;
  /** Names the conversation that has not begun. */
  readonly draft: string;
  readonly session: Session | null;
  readonly loading: boolean;
  readonly loadingEarlier: boolean;
  readonly transcript: Transcript | null;
  /** True when older messages are on the gateway than are loaded. */
  readonly hasEarlier: boolean;
  readonly pending: readonly PendingMessage[];
  /** The turn of the newest message that was sent from here; null when none was since the conversation was opened. */
  readonly saidTurnId: string | null;
  /** Trouble with something other than a message. */
  readonly notice: Trouble | null;
  /** Grows when sessions came, went or changed. */
  readonly sessionsVersion: number;
}

/** Before anything is known; a conversation that had begun to be written in this tab goes on. */
export function initialView(outbox: Outbox): PlaygroundView {
  return {
    connection: 'connecting',
    refusal: null,
    sessionId: null,
    draft: outbox.messages.find((message) => message.draft !== null)?.draft ?? randomId(),
    session: null,
    loading: false,
    loadingEarlier: false,
    transcript: null,
    hasEarlier: false,
    pending: outbox.messages,
    saidTurnId: null,
    notice: null,
    sessionsVersion: 0,
  };
}
