/** What lies behind models, outside of this process. */
export interface BackEnd {
  /** What people call it: the provider. Models of one name have one back end. */
  readonly name: string;
  /** Asks whether it works, by a call that costs nothing. Null, or why it does not, for anybody to read. Ends when `signal` is aborted. */
  probe(signal: AbortSignal): Promise<string | null>;
}

/** An agent that asks a back end; `tenantId` null: of every tenant. */
export interface BackEndUser {
  readonly tenantId: string | null;
  readonly agent: string;
}
