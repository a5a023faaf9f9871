import type { Page } from '#libs/contracts';
import { CONTROL_EVENTS_KEPT, ControlEvents, type BadCursor, type NewControlEvent, type PageRequest, type StoredControlEvent } from '#libs/ports';
import { controlEventPage } from '../control-event-row.js';

/** The feed of operators in memory. */
export class MemoryControlEvents extends ControlEvents {
  readonly #events = new Map<string, StoredControlEvent[]>();
  readonly #last = new Map<string, number>();

  override async append(events: readonly NewControlEvent[]): Promise<void> {
    for (const event of events) {
      const kept = this.#events.get(event.tenantId) ?? [];
      const seq = (this.#last.get(event.tenantId) ?? 0) + 1;
      this.#last.set(event.tenantId, seq);
      kept.push({ ...event, seq });
      this.#events.set(event.tenantId, kept.slice(-CONTROL_EVENTS_KEPT));
    }
  }

  override async after(tenantId: string, after: number, limit: number): Promise<readonly StoredControlEvent[]> {
    return (this.#events.get(tenantId) ?? []).filter(({ seq }) => seq > after).slice(0, limit);
  }

  override async last(tenantId: string): Promise<number> {
    return this.#last.get(tenantId) ?? 0;
  }

  override async forgetTenant(tenantId: string): Promise<void> {
    this.#events.delete(tenantId);
  }

  override list(tenantId: string, page: PageRequest): Promise<Page<StoredControlEvent> | BadCursor> {
    return controlEventPage(page, (below, limit) => {
      const older = (this.#events.get(tenantId) ?? []).filter(({ seq }) => seq < below);
      return older.reverse().slice(0, limit).map(({ tenantId: tenant_id, ...event }) => ({ tenant_id, ...event }));
    });
  }
}
