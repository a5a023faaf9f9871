import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { AuditEntry } from '#libs/contracts';
import type { AuditAppendix, AuditHead, AuditRow } from '#libs/ports';

/** An entry before it has its place in the chain. */
export type UnchainedEntry = Omit<AuditEntry, 'seq' | 'hash'>;

/** The action of an entry that tells of a chain that somebody changed from outside. */
export const CHAIN_BROKEN = 'audit.broken';

/** What stands before the first entry. */
export const GENESIS = { seq: 0, hash: '' } as const;

const MAC_KEY_BYTES = 32;

/** Links entries and signs the end of the chain. */
export class AuditChain {
  readonly #key: Buffer;

  /** `secret` is the gateway's key; the chain signs with one derived from it (HKDF-SHA-256, RFC 5869). */
  constructor(secret: Buffer) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'parley audit head', MAC_KEY_BYTES));
  }

  /** The rows of the entries behind `end`, in order, and the signed head after them. */
  append(end: Pick<AuditHead, 'seq' | 'hash'>, entries: readonly UnchainedEntry[]): AuditAppendix {
    const rows: AuditRow[] = [];
    let { seq, hash } = end;
    for (const entry of entries) {
      seq += 1;
      const json = JSON.stringify({ seq, ...entry });
      hash = hashOf(hash, json);
      rows.push({ seq, ...columnsOf(entry), json, hash });
    }
    return { rows, head: this.sign(seq, hash) };
  }

  sign(seq: number, hash: string): AuditHead {
    return { seq, hash, mac: this.#macOf(seq, hash) };
  }

  /** True when this gateway signed the head; compared in constant time. */
  isSigned({ seq, hash, mac }: AuditHead): boolean {
    const expected = Buffer.from(this.#macOf(seq, hash));
    const given = Buffer.from(mac);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  #macOf(seq: number, hash: string): string {
    return createHmac('sha256', this.#key).update(`${seq}\n${hash}`).digest('hex');
  }
}

/** What is wrong with a row that should follow `end`; null when it is as it was written. */
export function complaintAbout(row: AuditRow, end: Pick<AuditHead, 'seq' | 'hash'>): string | null {
  if (row.seq !== end.seq + 1) return 'is missing';
  if (hashOf(end.hash, row.json) !== row.hash) return 'does not fit the entry before it: one of them was changed, moved or put in';
  const entry = readEntry(row);
  const { tenantId, at, actorId, action } = columnsOf(entry);
  const same = entry.seq === row.seq && tenantId === row.tenantId && at === row.at && actorId === row.actorId && action === row.action;
  return same ? null : 'was changed in the columns beside its text';
}

/** The entry as it was written. */
export function readEntry(row: AuditRow): AuditEntry {
  const entry: Omit<AuditEntry, 'hash'> = JSON.parse(row.json);
  return { ...entry, hash: row.hash };
}

function columnsOf({ tenantId, at, actor, action }: UnchainedEntry): Pick<AuditRow, 'tenantId' | 'at' | 'actorId' | 'action'> {
  return { tenantId, at: Date.parse(at), actorId: actor?.id ?? null, action };
}

function hashOf(previous: string, json: string): string {
  return createHash('sha256').update(`${previous}\n${json}`).digest('hex');
}
