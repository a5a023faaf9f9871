import type {
  AuditLog,
  CallbackTargets,
  ControlEvents,
  Figures,
  History,
  Inbox,
  Keys,
  Notes,
  OperatorSessions,
  Outbox,
  Registrations,
  Sessions,
  StoreControl,
  Tenants,
  Tokens,
  UsageLedger,
} from '#libs/ports';

/** All ports on one store, as each adapter opens them. `control.close` ends it. */
export interface Store {
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
