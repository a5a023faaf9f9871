import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT } from '#libs/contracts';
import { AuditLog, Clock, StorageError, type AuditHead } from '#libs/ports';
import { Log } from '../observability/log.js';
import { AuditChain, CHAIN_BROKEN, GENESIS, type UnchainedEntry } from './audit-chain.js';
import { HeadFile } from './head-file.js';

const BATCH_LIMIT = 200;
const QUEUE_LIMIT = 10_000;

interface Waiting {
  readonly entry: UnchainedEntry;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes entries, one commit after another; those that wait meanwhile share the next. A chain that somebody changed from outside goes on,
 * so that nobody can lock the operators out by it, but behind an entry that says so and that no later one takes away.
 */
@Injectable()
export class AuditWriter {
  #queue: Waiting[] = [];
  #writing = false;
  #known: AuditHead | null = null;

  constructor(
    private readonly auditLog: AuditLog,
    private readonly chain: AuditChain,
    private readonly file: HeadFile,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Resolves when the entry is on disk; rejects with `StorageError` when it could not be written. */
  write(entry: UnchainedEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length >= QUEUE_LIMIT) return reject(new StorageError('too many audit entries are waiting'));
      this.#queue.push({ entry, resolve, reject });
      if (!this.#writing) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH_LIMIT);
      try {
        await this.#append(batch.map(({ entry }) => entry));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = false;
  }

  async #append(entries: readonly UnchainedEntry[]): Promise<void> {
    const known = this.#known ?? (await this.file.read());
    const head = await this.auditLog.append((found) => {
      const reason = this.#complaint(found, known);
      return this.chain.append(found ?? GENESIS, reason === null ? entries : [this.#broken(reason), ...entries]);
    });
    this.#known = head;
    try {
      await this.file.write(head);
    } catch (error) {
      // A file that is behind the store is in order; only one that is ahead of it tells of something.
      this.log.warn('the head of the audit log could not be kept in DATA_DIR', { error });
    }
  }

  #complaint(found: AuditHead | null, known: AuditHead | null | 'unreadable'): string | null {
    if (found !== null && !this.chain.isSigned(found)) return 'the head in the store is not signed by this gateway';
    if (known === null) return null;
    if (known === 'unreadable' || !this.chain.isSigned(known)) return 'the file audit-head is not signed by this gateway';
    if (known.seq > (found?.seq ?? 0)) return `the log had ${known.seq} entries and has ${found?.seq ?? 0}`;
    return known.seq === found?.seq && known.hash !== found.hash ? 'the head in the store is not the one that was written' : null;
  }

  #broken(reason: string): UnchainedEntry {
    this.log.error('the audit log was changed from outside; parley audit verify says where', { reason });
    const at = new Date(this.clock.now()).toISOString();
    const nobody = { tenantId: DEFAULT_TENANT, actor: null, address: null, target: null };
    return { at, ...nobody, action: CHAIN_BROKEN, outcome: 'failed', before: null, after: { reason } };
  }
}
