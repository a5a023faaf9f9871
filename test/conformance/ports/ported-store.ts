import type { Tenants, UsageLedger, AuditLog, CallbackTargets, ControlEvents, Registrations, Figures, History, Inbox, Keys, Notes, OperatorSessions, Outbox, Sessions, StoreControl, Tokens } from '#libs/ports';

/** All ports on one empty store, as an adapter opens them for its conformance. `control.close` ends it. */
export interface PortedStore {
  readonly inbox: Inbox;
  readonly sessions: Sessions;
  readonly history: History;
  readonly keys: Keys;
  readonly tokens: Tokens;
  readonly operatorSessions: OperatorSessions;
  readonly notes: Notes;
  readonly outbox: Outbox;
  readonly callbackTargets: CallbackTargets;
  readonly auditLog: AuditLog;
  readonly usage: UsageLedger;
  readonly tenants: Tenants;
  readonly figures: Figures;
  readonly controlEvents: ControlEvents;
  readonly registrations: Registrations;
  readonly control: StoreControl;
}

export type OpenStore = () => Promise<PortedStore>;
