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
  readonly #keys: readonly [Buffer, ...Buffer[]];

  /** `secret` is the gateway's key; the chain signs with one derived from it. Signatures of `earlier` ones still count. */
  constructor(secret: Buffer, ...earlier: readonly Buffer[]) {
    this.#keys = [derived(secret), ...earlier.map(derived)];
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
    return { seq, hash, mac: macOf(this.#keys[0], seq, hash) };
  }

  /** True when this gateway signed the head; compared in constant time. */
  isSigned({ seq, hash, mac }: AuditHead): boolean {
    const given = Buffer.from(mac);
    return this.#keys.some((key) => {
      const expected = Buffer.from(macOf(key, seq, hash));
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
  }
}

/** HKDF-SHA-256 (RFC 5869). */
function derived(secret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'parley audit head', MAC_KEY_BYTES));
}

function macOf(key: Buffer, seq: number, hash: string): string {
  return createHmac('sha256', key).update(`${seq}\n${hash}`).digest('hex');
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
