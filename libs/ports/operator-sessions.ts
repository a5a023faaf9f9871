import type { Page, Role, Scope } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

/** A signed-in operator, kept by the server; the cookie holds only a random value whose hash is `id`. */
export interface OperatorSession {
  /** SHA-256 of the cookie's value, base64url. */
  readonly id: string;
  readonly tenantId: string;
  readonly operatorId: string;
  readonly name: string;
  readonly role: Role;
  /** Set when the session was opened with an API key: what that key may do. */
  readonly scopes: readonly Scope[] | null;
  readonly credentialId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
}

/** Which sessions a list shows. Times in milliseconds since the epoch. */
export interface OperatorSessionFilter {
  readonly operatorId?: string;
  readonly expiresAfter: number;
  readonly seenAfter: number;
}

export abstract class OperatorSessions {
  abstract create(session: OperatorSession): Promise<void>;
  abstract find(id: string): Promise<OperatorSession | null>;
  /** Newest first. */
  abstract list(tenantId: string, filter: OperatorSessionFilter, page: PageRequest): Promise<Page<OperatorSession> | BadCursor>;
  abstract touch(id: string, seenAt: number): Promise<void>;
  /** False when there was none. */
  abstract remove(id: string): Promise<boolean>;
  /** Removes all sessions opened with a credential. */
  abstract revoke(credentialId: string): Promise<void>;
  /** Removes up to `limit` sessions that ended before `at`; returns how many. */
  abstract sweep(at: number, limit: number): Promise<number>;
}
