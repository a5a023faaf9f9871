/**
 * Who is next when slots are scarce: tenants take turns, and within a tenant its sessions do,
 * so one that floods waits behind itself and not before others. Each session stands in it at most once.
 */
export class FairQueue {
  /** Both in the order in which they are served; a tenant without sessions is not kept. */
  readonly #tenants = new Map<string, Set<string>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Lines the session up behind its tenant's others; nothing changes when it stands there already. */
  push(tenantId: string, sessionId: string): void {
    const sessions = this.#tenants.get(tenantId);
    if (sessions === undefined) this.#tenants.set(tenantId, new Set([sessionId]));
    else if (sessions.has(sessionId)) return;
    else sessions.add(sessionId);
    this.#size += 1;
  }

  /** Whether a session of a tenant that may start stands here. */
  hasNext(mayStart: (tenantId: string) => boolean): boolean {
    for (const tenantId of this.#tenants.keys()) if (mayStart(tenantId)) return true;
    return false;
  }

  /** Takes out the session that is next among the tenants that may start; the others keep their place. */
  shift(mayStart: (tenantId: string) => boolean): string | undefined {
    for (const [tenantId, sessions] of this.#tenants) {
      if (!mayStart(tenantId)) continue;
      this.#tenants.delete(tenantId);
      for (const sessionId of sessions) {
        sessions.delete(sessionId);
        this.#size -= 1;
        if (sessions.size > 0) this.#tenants.set(tenantId, sessions);
        return sessionId;
      }
    }
    return undefined;
  }
}
