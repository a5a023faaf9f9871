/** What somebody does, as the audit log tells it. `before` and `after` are what the thing looks like to its readers. */
export interface AuditAct {
  /** `<thing>.<verb>`, such as `key.create`. */
  readonly action: string;
  readonly target?: { readonly kind: string; readonly id: string };
  readonly before?: unknown;
  readonly after?: unknown;
}
