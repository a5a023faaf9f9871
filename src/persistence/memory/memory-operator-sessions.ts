import type { Page } from '#libs/contracts';
import { OperatorSessions, type BadCursor, type OperatorSession, type OperatorSessionFilter, type PageRequest } from '#libs/ports';
import { operatorSessionPage } from '../operator-session-page.js';

/** Signed-in operators in memory. */
export class MemoryOperatorSessions extends OperatorSessions {
  readonly #sessions = new Map<string, OperatorSession>();

  override async create(session: OperatorSession): Promise<void> {
    this.#sessions.set(session.id, session);
  }

  override async find(id: string): Promise<OperatorSession | null> {
    return this.#sessions.get(id) ?? null;
  }

  override list(tenantId: string, filter: OperatorSessionFilter, page: PageRequest): Promise<Page<OperatorSession> | BadCursor> {
    const { operatorId, expiresAfter, seenAfter } = filter;
    return operatorSessionPage(page, async (before, limit) =>
      [...this.#sessions.values()]
        .filter((one) => one.tenantId === tenantId && (operatorId === undefined || one.operatorId === operatorId))
        .filter((one) => one.expiresAt > expiresAfter && one.seenAt > seenAfter)
        .filter((one) => one.createdAt < before.createdAt || (one.createdAt === before.createdAt && one.id < before.id))
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
        .slice(0, limit),
    );
  }

  override async touch(id: string, seenAt: number): Promise<void> {
    const session = this.#sessions.get(id);
    if (session !== undefined && session.seenAt < seenAt) this.#sessions.set(id, { ...session, seenAt });
  }

  override async remove(id: string): Promise<boolean> {
    return this.#sessions.delete(id);
  }

  override async revoke(credentialId: string): Promise<void> {
    for (const session of this.#sessions.values()) if (session.credentialId === credentialId) this.#sessions.delete(session.id);
  }

  override async sweep(at: number, limit: number): Promise<number> {
    const gone = [...this.#sessions.values()].filter((session) => session.expiresAt <= at).slice(0, limit);
    for (const { id } of gone) this.#sessions.delete(id);
    return gone.length;
  }
}
