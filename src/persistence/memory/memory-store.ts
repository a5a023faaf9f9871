import { StoreControl } from '#libs/ports';
import type { Store } from '../store.js';
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

class MemoryStoreControl extends StoreControl {
  override async probe(): Promise<void> {}
  override doubt(): null {
    return null;
  }
  override async backup(): Promise<'unsupported'> {
    return 'unsupported';
  }
  override async close(): Promise<void> {}
}

/** An empty store that ends with the process. `onFault` is told what `committed` callbacks throw. */
export function openMemoryStore(onFault: (error: unknown) => void): Store {
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
