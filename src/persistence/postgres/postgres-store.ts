import { randomUUID } from 'node:crypto';
import type { Store } from '../store.js';
import { StoreOpenError } from '../store-open-error.js';
import { openPool } from './database.js';
import { PostgresCallbackTargets } from './postgres-callback-targets.js';
import { PostgresTenants } from './postgres-tenants.js';
import { PostgresUsageLedger } from './postgres-usage-ledger.js';
import { PostgresAuditLog } from './postgres-audit-log.js';
import { PostgresControlEvents } from './postgres-control-events.js';
import { PostgresRegistrations } from './postgres-registrations.js';
import { PostgresFigures } from './postgres-figures.js';
import { PostgresHistory } from './postgres-history.js';
import { PostgresInbox } from './postgres-inbox.js';
import { PostgresKeys } from './postgres-keys.js';
import { PostgresNotes } from './postgres-notes.js';
import { PostgresOperatorSessions } from './postgres-operator-sessions.js';
import { PostgresOutbox } from './postgres-outbox.js';
import { PostgresSessions } from './postgres-sessions.js';
import { PostgresStoreControl } from './postgres-store-control.js';
import { PostgresTokens } from './postgres-tokens.js';
import { StepWriter } from './step-writer.js';
import { describe } from './to-storage-error.js';
import { WriterConnection } from './writer-connection.js';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Whether this process must be the only one on the database. */
  readonly exclusive: boolean;
  /** Told what `committed` callbacks throw. */
  readonly onFault: (error: unknown) => void;
  /** Told, in a line each, how far a long migration is. */
  readonly tell?: (line: string) => void;
}

/** Connects, takes the database for this process and brings its schema forward; throws `StoreOpenError`. */
export async function openPostgresStore({ url, exclusive, onFault, tell = () => undefined }: PostgresStoreOptions): Promise<Store> {
  const connection = new WriterConnection({ url, exclusive, instance: randomUUID(), tell });
  try {
    await connection.open();
  } catch (error) {
    if (error instanceof StoreOpenError) throw error;
    const reason = `DATABASE_URL: the database cannot be used (${describe(error)}): check that the server runs and lets this user in`;
    throw new StoreOpenError(reason, { cause: error });
  }
  const writer = new StepWriter(connection, onFault);
  const database = openPool(url);
  return {
    inbox: new PostgresInbox(writer, database),
    sessions: new PostgresSessions(writer, database),
    history: new PostgresHistory(database),
    keys: new PostgresKeys(database),
    tokens: new PostgresTokens(database),
    operatorSessions: new PostgresOperatorSessions(database),
    notes: new PostgresNotes(writer, database),
    outbox: new PostgresOutbox(database),
    callbackTargets: new PostgresCallbackTargets(database),
    auditLog: new PostgresAuditLog(database),
    usage: new PostgresUsageLedger(database),
    tenants: new PostgresTenants(database),
    figures: new PostgresFigures(database),
    controlEvents: new PostgresControlEvents(database),
    registrations: new PostgresRegistrations(database),
    control: new PostgresStoreControl(connection, writer, database),
  };
}
