import { Injectable } from '@nestjs/common';
import type { ApiKey } from '#libs/contracts';
import { Keys } from '#libs/ports';
import { Log } from '../observability/log.js';

const FLUSH_EVERY_MS = 60_000;
const MAX_NOTED = 10_000;

/** When keys were last used: noted in memory, written at most once a minute. Of more than 10,000 keys a minute some are left out. */
@Injectable()
export class KeyUses {
  private noted = new Map<string, number>();
  private flushed: ReadonlyMap<string, number> = new Map();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly keys: Keys,
    private readonly log: Log,
  ) {}

  note(keyId: string, at: number): void {
    if (this.noted.size >= MAX_NOTED && !this.noted.has(keyId)) return;
    this.noted.set(keyId, at);
    this.timer ??= setTimeout(() => void this.flushQuietly(), FLUSH_EVERY_MS).unref();
  }

  /** The key with its last use, also when that is not written yet. */
  seen<Key extends ApiKey>(key: Key): Key {
    const at = this.noted.get(key.id) ?? this.flushed.get(key.id);
    return at === undefined ? key : { ...key, lastUsedAt: new Date(at).toISOString() };
  }

  /** Writes what was noted; called by the shutdown too. A failed write is kept for the next one. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.noted.size === 0) return;
    const uses = this.noted;
    this.noted = new Map();
    this.flushed = uses;
    try {
      await this.keys.touch(uses);
    } catch (error) {
      for (const [keyId, at] of uses) this.note(keyId, Math.max(at, this.noted.get(keyId) ?? 0));
      throw error;
    }
  }

  private async flushQuietly(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      this.log.warn('The last use of keys could not be written; trying again in a minute', { error });
    }
  }
}
