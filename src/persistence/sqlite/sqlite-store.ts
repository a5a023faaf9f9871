import type { Tenants, UsageLedger, AuditLog, CallbackTargets, ControlEvents, Registrations, Figures, History, Inbox, Keys, Notes, OperatorSessions, Outbox, Sessions, StoreControl, Tokens } from '#libs/ports';
import { takeDataFolder } from './data-folder.js';
import { GroupCommit } from './group-commit.js';
import { openDatabase } from './open-database.js';
import { kyselyReader } from './reader.js';
import { RoadStatements } from './road-statements.js';
import { SqliteCallbackTargets } from './sqlite-callback-targets.js';
import { SqliteTenants } from './sqlite-tenants.js';
import { SqliteUsageLedger } from './sqlite-usage-ledger.js';
import { SqliteAuditLog } from './sqlite-audit-log.js';
import { SqliteControlEvents } from './sqlite-control-events.js';
import { SqliteRegistrations } from './sqlite-registrations.js';
import { SqliteFigures } from './sqlite-figures.js';
import { SqliteHistory } from './sqlite-history.js';
import { SqliteInbox } from './sqlite-inbox.js';
import { SqliteKeys } from './sqlite-keys.js';
import { SqliteNotes } from './sqlite-notes.js';
import { SqliteOperatorSessions } from './sqlite-operator-sessions.js';
import { SqliteOutbox } from './sqlite-outbox.js';
import { SqliteSessions } from './sqlite-sessions.js';
import { SqliteStoreControl } from './sqlite-store-control.js';
import { SqliteTokens } from './sqlite-tokens.js';

/** All ports on one SQLite file. */
export interface SqliteStore {
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

/**
 * Takes the folder for this process and opens the store in it; throws `StoreOpenError`.
 * `onFault` is told what `committed` callbacks throw.
 */
export function openSqliteStore(folder: string, onFault: (error: unknown) => void): SqliteStore {
  const data = takeDataFolder(folder);
  try {
    const db = openDatabase(data.file, !data.leftClean);
    const writer = new GroupCommit(db.writer, onFault);
    const road = new RoadStatements(db.writer);
    writer.onRollback = () => road.session.clear();
    const reader = kyselyReader(db.reader);
    return {
      inbox: new SqliteInbox(writer, road),
      sessions: new SqliteSessions(db.writer, writer, road, reader),
      history: new SqliteHistory(db.reader),
      keys: new SqliteKeys(db.writer, writer, reader),
      tokens: new SqliteTokens(db.writer, writer),
      operatorSessions: new SqliteOperatorSessions(db.writer, writer, reader),
      notes: new SqliteNotes(db.writer, writer, reader),
      outbox: new SqliteOutbox(db.writer, writer, reader),
      callbackTargets: new SqliteCallbackTargets(db.writer, writer, road, reader),
      auditLog: new SqliteAuditLog(db.writer, writer, reader),
      usage: new SqliteUsageLedger(db.writer, writer, reader),
      tenants: new SqliteTenants(db.writer, writer, reader),
      figures: new SqliteFigures(db.reader),
      controlEvents: new SqliteControlEvents(db.writer, writer, db.reader),
      registrations: new SqliteRegistrations(db.writer, writer, db.reader),
      control: new SqliteStoreControl(data, db, writer),
    };
  } catch (error) {
    data.release(false);
    throw error;
  }
}
