import type { Page } from '#libs/contracts';
import { changedKey, Keys, type BadCursor, type KeyChange, type KeyRecord, type KeySecret, type PageRequest } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';

const LIST = 'keys';

/** API keys in memory. */
export class MemoryKeys extends Keys {
  readonly #keys = new Map<string, KeyRecord>();
  readonly #idOfPrefix = new Map<string, string>();

  override async create(key: KeyRecord): Promise<void> {
    this.#keep(structuredClone(key));
  }

  override async findByPrefix(prefix: string): Promise<KeyRecord | null> {
    return this.#keys.get(this.#idOfPrefix.get(prefix) ?? '') ?? null;
  }

  override async find(id: string, tenantId: string): Promise<KeyRecord | null> {
    return this.#find(id, tenantId);
  }

  override async list(tenantId: string, { limit, cursor }: PageRequest): Promise<Page<KeyRecord> | BadCursor> {
    const before = cursor === undefined || cursor === null ? null : readCursor(cursor, LIST, 'string');
    if (before === undefined) return 'bad_cursor';
    const found = [...this.#keys.values()]
      .filter((key) => key.tenantId === tenantId && (before === null || key.id < before))
      .sort((a, b) => (a.id > b.id ? -1 : 1));
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
  }

  override async update(id: string, tenantId: string, change: KeyChange): Promise<KeyRecord | null> {
    const key = this.#find(id, tenantId);
    return key === null ? null : this.#keep(changedKey(key, change));
  }

  override async replaceSecrets(id: string, tenantId: string, renew: (secrets: readonly KeySecret[]) => readonly KeySecret[]): Promise<KeyRecord | null> {
    const key = this.#find(id, tenantId);
    if (key === null) return null;
    this.#dropPrefixes(key);
    return this.#keep({ ...key, secrets: renew(key.secrets) });
  }

  override async remove(id: string, tenantId: string): Promise<boolean> {
    const key = this.#find(id, tenantId);
    if (key === null) return false;
    this.#dropPrefixes(key);
    return this.#keys.delete(id);
  }

  override async touch(uses: ReadonlyMap<string, number>): Promise<void> {
    for (const [id, at] of uses) {
      const key = this.#keys.get(id);
      if (key !== undefined && (key.lastUsedAt ?? 0) < at) this.#keys.set(id, { ...key, lastUsedAt: at });
    }
  }

  #find(id: string, tenantId: string): KeyRecord | null {
    const key = this.#keys.get(id);
    return key?.tenantId === tenantId ? key : null;
  }

  #keep(key: KeyRecord): KeyRecord {
    this.#keys.set(key.id, key);
    for (const { prefix } of key.secrets) this.#idOfPrefix.set(prefix, key.id);
    return key;
  }

  #dropPrefixes(key: KeyRecord): void {
    for (const { prefix } of key.secrets) this.#idOfPrefix.delete(prefix);
  }
}
