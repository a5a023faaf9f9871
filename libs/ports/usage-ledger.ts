import type { Author } from '#libs/contracts';

/** Whose tokens are counted together. */
export type UsageScope = Author | { readonly kind: 'agent-name' | 'session'; readonly id: string } | { readonly kind: 'tenant' };

/** Tokens of one principal with one agent and model on one UTC day. */
export interface UsageRow {
  /** Days since the epoch. */
  readonly day: number;
  readonly tenantId: string;
  /** A session has rows of its own, beside those of its principals, where its tenant limits sessions. */
  readonly by: Author | { readonly kind: 'session'; readonly id: string };
  readonly agent: string;
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Billionths of a US dollar; 0 where no price is known. */
  readonly costNanoUsd: number;
}

export interface UsageQuery {
  readonly tenantId: string;
  /** Absent: all of the tenant. */
  readonly principal?: Author;
  /** Days since the epoch, both inclusive. */
  readonly fromDay: number;
  readonly toDay: number;
  readonly limit: number;
}

/** Used without its day: summed over a period. */
export type UsageSum = Omit<UsageRow, 'day' | 'by'> & { readonly by: Author };

/** What all principals of the query used on one UTC day with one model. */
export type UsageDay = Omit<UsageRow, 'tenantId' | 'by' | 'agent'>;

/** Tokens, input and output together, and what they cost. */
export interface Spending {
  readonly tokens: number;
  /** Billionths of a US dollar. */
  readonly nanoUsd: number;
}

/** What models were used for, by day. */
export abstract class UsageLedger {
  /** Adds each row to what stands under the same day, tenant, principal, agent and model; all in one commit. */
  abstract add(rows: readonly UsageRow[]): Promise<void>;
  /** What the scope used on that day. */
  abstract spent(day: number, tenantId: string, scope: UsageScope): Promise<Spending>;
  /** Summed by principal, agent and model, the most tokens first; sessions are left out. */
  abstract sums(query: UsageQuery): Promise<readonly UsageSum[]>;
  /** Summed by day and model, the oldest day first; sessions are left out. */
  abstract days(query: UsageQuery): Promise<readonly UsageDay[]>;
  /** Erases all that the tenant used. */
  abstract forgetTenant(tenantId: string): Promise<void>;
}
