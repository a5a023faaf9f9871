import type { Page } from '#libs/contracts';
import { Registrations, type Addition, type BadCursor, type PageRequest, type Registration, type RegistrationKind } from '#libs/ports';
import { registrationPage } from '../registration-row.js';

/** What operators registered, in memory. */
export class MemoryRegistrations extends Registrations {
  readonly #kept = new Map<string, Registration>();

  override async add(registration: Registration, atMost = Infinity): Promise<Addition> {
    const { kind, tenantId, id, name } = registration;
    const kept = this.#of(kind, tenantId);
    if (kept.some((one) => one.name === name)) return 'name_taken';
    if (kept.length >= atMost) return 'full';
    this.#kept.set(keyOf(kind, tenantId, id), registration);
    return 'added';
  }

  override async change(kind: RegistrationKind, tenantId: string, id: string, json: string, was?: string): Promise<boolean> {
    const key = keyOf(kind, tenantId, id);
    const kept = this.#kept.get(key);
    if (kept === undefined || (was !== undefined && kept.json !== was)) return false;
    this.#kept.set(key, { ...kept, json });
    return true;
  }

  override async remove(kind: RegistrationKind, tenantId: string, id: string): Promise<boolean> {
    return this.#kept.delete(keyOf(kind, tenantId, id));
  }

  override async find(kind: RegistrationKind, tenantId: string, id: string): Promise<Registration | null> {
    return this.#kept.get(keyOf(kind, tenantId, id)) ?? null;
  }

  override list(kind: RegistrationKind, tenantId: string, page: PageRequest): Promise<Page<Registration> | BadCursor> {
    return registrationPage(kind, page, async (below, limit) => {
      const older = this.#of(kind, tenantId).filter(({ id }) => id < below);
      return older.sort((a, b) => (a.id > b.id ? -1 : 1)).slice(0, limit);
    });
  }

  override async all(kind: RegistrationKind): Promise<readonly Registration[]> {
    return [...this.#kept.values()].filter((one) => one.kind === kind);
  }

  #of(kind: RegistrationKind, tenantId: string): Registration[] {
    return [...this.#kept.values()].filter((one) => one.kind === kind && one.tenantId === tenantId);
  }
}

function keyOf(...parts: string[]): string {
  return JSON.stringify(parts);
}
