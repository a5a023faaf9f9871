import {
  StoreControl,
  type AuditLog,
  type Tenants,
  type UsageLedger,
  type CallbackTargets,
  type ControlEvents,
  type Registrations,
  type Figures,
  type History,
  type Inbox,
  type Keys,
  type Notes,
  type OperatorSessions,
  type Outbox,
  type Sessions,
  type Tokens,
} from '#libs/ports';
import { MemoryCallbackTargets } from './memory-callback-targets.js';
import { MemoryTenants } from './memory-tenants.js';
import { MemoryUsageLedger } from './memory-usage-ledger.js';
import { MemoryAuditLog } from './memory-audit-log.js';
import { MemoryControlEvents } from './memory-control-events.js';
import { MemoryRegistrations } from './memory-registrations.js';
import { MemoryFigures } from './memory-figures.js';
import { MemoryHistory } from './memory-history.js';
import { MemoryInbox } from './memory-inbox.js';
import { MemoryKeys } from './memory-keys.js';
import { MemoryNotes } from './memory-notes.js';
import { MemoryOperatorSessions } from './memory-operator-sessions.js';
import { MemoryOutbox } from './memory-outbox.js';
import { MemorySessions } from './memory-sessions.js';
import { MemoryState } from './memory-state.js';
import { MemoryTokens } from './memory-tokens.js';

/** All ports in memory. */
export interface MemoryStore {
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

class MemoryStoreControl extends StoreControl {
  override async probe(): Promise<void> {}
  override async backup(): Promise<'unsupported'> {
    return 'unsupported';
  }
  override async close(): Promise<void> {}
}

/** An empty store that ends with the process. `onFault` is told what `committed` callbacks throw. */
export function openMemoryStore(onFault: (error: unknown) => void): MemoryStore {
  const state = new MemoryState(onFault);
  return {
    inbox: new MemoryInbox(state),
    sessions: new MemorySessions(state),
    history: new MemoryHistory(state),
    keys: new MemoryKeys(),
    tokens: new MemoryTokens(),
    operatorSessions: new MemoryOperatorSessions(),
    notes: new MemoryNotes(state),
    outbox: new MemoryOutbox(state.deliveries),
    callbackTargets: new MemoryCallbackTargets(state),
    auditLog: new MemoryAuditLog(),
    usage: new MemoryUsageLedger(),
    tenants: new MemoryTenants(),
    figures: new MemoryFigures(state),
    controlEvents: new MemoryControlEvents(),
    registrations: new MemoryRegistrations(),
    control: new MemoryStoreControl(),
  };
}
