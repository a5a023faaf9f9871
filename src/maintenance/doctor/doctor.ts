import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT, PAGE_LIMIT_MAX, type Check, type Diagnosis } from '#libs/contracts';
import { Clock, Keys, StoreControl, type KeyRecord } from '#libs/ports';
import { Config } from '../../config/config.js';
import { ChannelRegistry } from '../../gateway/channel-registry.js';
import { failed, good, warning } from './check.js';
import { hostChecks } from './host-checks.js';
import { keysCheck } from './keys-check.js';
import { providerCheck } from './provider-check.js';

const DATABASE_WITHIN_MS = 5000;
const KEYS_LOOKED_AT = 1000;

/** Looks at everything that a running gateway needs. A check that cannot be made is a failed one, so it always answers. */
@Injectable()
export class Doctor {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly store: StoreControl,
    private readonly keys: Keys,
    private readonly channels: ChannelRegistry,
  ) {}

  async diagnose(): Promise<Diagnosis> {
    const { settings } = this.config;
    const [database, keys, provider] = await Promise.all([this.#database(), this.#keys(), providerCheck(settings)]);
    const host = hostChecks(settings.DATA_DIR, this.clock.now());
    return { checks: [good('settings', 'all are valid'), database, keys, this.#channels(), provider, ...host] };
  }

  async #database(): Promise<Check> {
    const since = performance.now();
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error(`no answer within ${DATABASE_WITHIN_MS} ms`)), DATABASE_WITHIN_MS).unref();
    });
    try {
      await Promise.race([this.store.probe(), late]);
      const kind = this.config.settings.DATABASE_URL === undefined ? 'SQLite' : 'PostgreSQL';
      return good('database', `${kind} took a write and gave it back in ${Math.round(performance.now() - since)} ms`);
    } catch (error) {
      return failed('database', error instanceof Error ? error.message : String(error), 'make room on the disk, or bring the database back; the gateway goes on by itself then');
    }
  }

  async #keys(): Promise<Check> {
    try {
      const found: KeyRecord[] = [];
      for (let cursor: string | null = null; found.length < KEYS_LOOKED_AT; ) {
        const page = await this.keys.list(DEFAULT_TENANT, { limit: PAGE_LIMIT_MAX, cursor });
        if (page === 'bad_cursor') break;
        found.push(...page.items);
        cursor = page.nextCursor;
        if (cursor === null) break;
      }
      return keysCheck(found, this.config.settings.ADMIN_API_KEY !== undefined, this.clock.now());
    } catch (error) {
      return failed('keys', `cannot be read: ${error instanceof Error ? error.message : String(error)}`, 'see database');
    }
  }

  #channels(): Check {
    const all = this.channels.list();
    const stopped = all.filter(({ state }) => state === 'stopped').map(({ name }) => name);
    if (stopped.length === 0) return good('channels', `${all.map(({ name }) => name).join(', ')} run`);
    return warning('channels', `stopped: ${stopped.join(', ')}`, 'start them: POST /api/v1/channels/<name>/start');
  }
}
