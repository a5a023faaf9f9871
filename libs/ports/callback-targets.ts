/** An address that is called, and the sealed secret that signs the calls. */
export interface CallbackTarget {
  readonly id: string;
  readonly tenantId: string;
  /** The session whose replies go there; null for an address that operators send to. */
  readonly sessionId: string | null;
  readonly url: string;
  /** Sealed by the vault. */
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Where callbacks go: one target for each session, and one for each address of a tenant that operators send to. */
export abstract class CallbackTargets {
  /** Sets the session's target; an earlier one keeps its id and gets the new address and secret. Null when there is no such session. */
  abstract setForSession(target: CallbackTarget & { readonly sessionId: string }): Promise<CallbackTarget | null>;
  abstract ofSession(sessionId: string, tenantId: string): Promise<CallbackTarget | null>;
  /** False when the session had none. */
  abstract removeFromSession(sessionId: string, tenantId: string): Promise<boolean>;
  /** Adds the address, or gives the one that is there; `full` when the tenant has `limit` of them. */
  abstract addAddress(target: CallbackTarget & { readonly sessionId: null }, limit: number): Promise<CallbackTarget | 'full'>;
  /** Gives a known address a new secret; false when the tenant has no such address. */
  abstract replaceSecret(tenantId: string, url: string, secret: string): Promise<boolean>;
  /** Of all tenants, those with `id > after`, ascending. */
  abstract after(id: string, limit: number): Promise<readonly CallbackTarget[]>;
  /** Replaces the sealed secret unless it was changed since `target` was read; then false. */
  abstract reseal(target: CallbackTarget, secret: string): Promise<boolean>;
  abstract find(id: string, tenantId: string): Promise<CallbackTarget | null>;
}
