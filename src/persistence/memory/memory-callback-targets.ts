import { CallbackTargets, type CallbackTarget } from '#libs/ports';
import type { MemoryState } from './memory-state.js';

/** Callback targets in memory. */
export class MemoryCallbackTargets extends CallbackTargets {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    super();
    this.#state = state;
  }

  override async setForSession(target: CallbackTarget & { sessionId: string }): Promise<CallbackTarget | null> {
    const session = this.#state.sessions.get(target.sessionId);
    if (session === undefined || session.closing || session.tenantId !== target.tenantId) return null;
    const known = this.#state.deliveries.targetOf(target.sessionId);
    const kept = { ...target, id: known?.id ?? target.id };
    this.#state.deliveries.targets.set(kept.id, kept);
    return kept;
  }

  override async ofSession(sessionId: string, tenantId: string): Promise<CallbackTarget | null> {
    const target = this.#state.deliveries.targetOf(sessionId);
    return target?.tenantId === tenantId ? target : null;
  }

  override async removeFromSession(sessionId: string, tenantId: string): Promise<boolean> {
    const target = await this.ofSession(sessionId, tenantId);
    return target !== null && this.#state.deliveries.targets.delete(target.id);
  }

  override async addAddress(target: CallbackTarget & { sessionId: null }, limit: number): Promise<CallbackTarget | 'full'> {
    const ofTenant = this.#addresses(target.tenantId);
    const known = ofTenant.find(({ url }) => url === target.url);
    if (known !== undefined) return known;
    if (ofTenant.length >= limit) return 'full';
    this.#state.deliveries.targets.set(target.id, target);
    return target;
  }

  override async replaceSecret(tenantId: string, url: string, secret: string): Promise<boolean> {
    const known = this.#addresses(tenantId).find((target) => target.url === url);
    if (known === undefined) return false;
    this.#state.deliveries.targets.set(known.id, { ...known, secret });
    return true;
  }

  override async after(id: string, limit: number): Promise<readonly CallbackTarget[]> {
    const later = [...this.#state.deliveries.targets.values()].filter((target) => target.id > id);
    return later.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  override async reseal(target: CallbackTarget, secret: string): Promise<boolean> {
    const known = this.#state.deliveries.targets.get(target.id);
    if (known?.secret !== target.secret) return false;
    this.#state.deliveries.targets.set(known.id, { ...known, secret });
    return true;
  }

  override async find(id: string, tenantId: string): Promise<CallbackTarget | null> {
    const target = this.#state.deliveries.targets.get(id);
    return target?.tenantId === tenantId ? target : null;
  }

  #addresses(tenantId: string): CallbackTarget[] {
    return [...this.#state.deliveries.targets.values()].filter((target) => target.tenantId === tenantId && target.sessionId === null);
  }
}
