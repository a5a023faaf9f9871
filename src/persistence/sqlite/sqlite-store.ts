import { StorageError } from '#libs/ports';
import type { Store } from '../store.js';
import { takeDataFolder } from './data-folder.js';
import { GroupCommit } from './group-commit.js';
import { damaged, openDatabase } from './open-database.js';
import { kyselyReader } from './reader.js';
import { RoadStatements } from './road-statements.js';
import { UNCHECKED } from './page-check.js';
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

/** How long a start waits for the check of a store that was not put away in good order. */
const CHECK_WITHIN_MS = 2_000;

export interface SqliteStoreOptions {
  /** How long the check of a large file that was not put away in good order is waited for. */
  readonly checkWithinMs?: number;
  /** Told, in a line each, how far a long migration is. */
  readonly tell?: (line: string) => void;
}

/**
 * Takes the folder for this process and opens the store in it; throws `StoreOpenError`.
 * `onFault` is told what `committed` callbacks throw, of damage that the check of a large file finds after `checkWithinMs`, from when on
 * nothing more is written, and of a check that did not come to its end.
 */
export function openSqliteStore(folder: string, onFault: (error: unknown) => void, options: SqliteStoreOptions = {}): Store {
  const { checkWithinMs = CHECK_WITHIN_MS, tell = () => undefined } = options;
  const data = takeDataFolder(folder);
  try {
    const db = openDatabase(data.file, data.leftClean ? null : checkWithinMs, tell);
    const writer = new GroupCommit(db.writer, onFault);
    db.check?.onEnd((found) => {
      if (found === null) return onFault(new StorageError(`${data.file}: ${UNCHECKED}`));
      const { message } = damaged(data.file, found);
      writer.refuse(message);
      onFault(new StorageError(message));
    });
    const road = new RoadStatements(db.writer);
    writer.onRollback = () => road.forgetAll();
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
