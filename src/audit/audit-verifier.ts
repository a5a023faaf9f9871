import { Injectable } from '@nestjs/common';
import type { AuditVerdict } from '#libs/contracts';
import { AuditLog, type AuditHead } from '#libs/ports';
import { AuditChain, CHAIN_BROKEN, complaintAbout, GENESIS } from './audit-chain.js';
import { HeadFile } from './head-file.js';

const PAGE = 500;

type End = Pick<AuditHead, 'seq' | 'hash'>;

/** Walks the whole chain. */
@Injectable()
export class AuditVerifier {
  #running: Promise<AuditVerdict> | null = null;

  constructor(
    private readonly log: AuditLog,
    private readonly chain: AuditChain,
    private readonly file: HeadFile,
  ) {}

  /** Finds any entry that was changed, taken out, put in, moved or cut off the end, and names the first. One walk serves all who wait. */
  verify(): Promise<AuditVerdict> {
    this.#running ??= this.#walk().finally(() => (this.#running = null));
    return this.#running;
  }

  async #walk(): Promise<AuditVerdict> {
    // Read first: what is appended while we walk lies behind them.
    const heads = { store: await this.log.head(), file: await this.file.read() };
    let end: End = GENESIS;
    for (;;) {
      const rows = await this.log.rows(end.seq, PAGE);
      for (const row of rows) {
        const broken = row.action === CHAIN_BROKEN ? 'says that the log before it was changed from outside' : complaintAbout(row, end);
        if (broken !== null) return no(end, broken);
        end = row;
        const reason = this.#offTheHeads(row, heads);
        if (reason !== null) return { ok: false, entries: row.seq, broken: { seq: row.seq, reason } };
      }
      if (rows.length < PAGE) break;
    }
    return this.#judgeEnd(end, heads);
  }

  #offTheHeads(row: End, { store, file }: { store: AuditHead | null; file: AuditHead | null | 'unreadable' }): string | null {
    if (store?.seq === row.seq && store.hash !== row.hash) return 'is not the one that the signed head names';
    if (file !== null && file !== 'unreadable' && file.seq === row.seq && file.hash !== row.hash) return 'is not the one that the file audit-head names';
    return null;
  }

  #judgeEnd(end: End, { store, file }: { store: AuditHead | null; file: AuditHead | null | 'unreadable' }): AuditVerdict {
    if (store === null && end.seq > 0) return no(GENESIS, 'has no signed head behind it');
    if (store !== null && !this.chain.isSigned(store)) return no(end, 'cannot be told: the head in the store is not signed by this gateway');
    if (file === 'unreadable' || (file !== null && !this.chain.isSigned(file))) return no(end, 'cannot be told: the file audit-head is not signed by this gateway');
    const last = Math.max(store?.seq ?? 0, file?.seq ?? 0);
    if (last > end.seq) return no(end, `was cut off: the log had ${last} entries`);
    return { ok: true, entries: end.seq, broken: null };
  }
}

/** The entry behind `end` is the first that is not in order. */
function no(end: End, reason: string): AuditVerdict {
  return { ok: false, entries: end.seq, broken: { seq: end.seq + 1, reason } };
}
