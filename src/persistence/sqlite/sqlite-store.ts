import { openDatabase } from './open-database.js';
import { takeDataFolder } from './data-folder.js';
import { GroupCommit } from './group-commit.js';
import { kyselyReader } from './reader.js';
import { RoadStatements } from './road-statements.js';
import { SqliteHistory } from './sqlite-history.js';
import { SqliteInbox } from './sqlite-inbox.js';
import { SqliteSessions } from './sqlite-sessions.js';

/** All ports on one SQLite file. */
export interface SqliteStore {
  readonly inbox: SqliteInbox;
  readonly sessions: SqliteSessions;
  readonly history: SqliteHistory;
}

/** Takes the folder for this process and opens the store in it; throws `StoreOpenError`. `onFault` is told what `committed` callbacks throw. */
export function openSqliteStore(folder: string, onFault: (error: unknown) => void): SqliteStore & { close(): Promise<void> } {
  const data = takeDataFolder(folder);
  try {
    const db = openDatabase(data.file);
    const writer = new GroupCommit(db.writer, onFault);
    const road = new RoadStatements(db.writer);
    const reader = kyselyReader(db.reader);
    return {
      inbox: new SqliteInbox(writer, road),
      sessions: new SqliteSessions(db.writer, writer, road, reader),
      history: new SqliteHistory(db.reader),
      close: async () => {
        writer.close();
        db.reader.close();
        db.writer.close();
        data.release();
      },
    };
  } catch (error) {
    data.release();
    throw error;
  }
}
