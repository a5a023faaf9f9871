import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { StorageError } from '#libs/ports';
import type { Config } from '../../config/config.js';
import { storeModule } from '../store-module.js';
import { openSqliteStore } from './sqlite-store.js';

/** Binds the ports to SQLite in DATA_DIR. Whoever ends the process calls `StoreControl.close`, last. */
@Module({})
export class SqliteModule {
  /** Opens the store at once, so that a start that cannot have it ends before anything else begins. Throws `StoreOpenError`. */
  static open(config: Config): DynamicModule {
    const logger = new Logger('store');
    const store = openSqliteStore(config.settings.DATA_DIR, (error) => logger.error(error instanceof StorageError ? error.message : error), {
      tell: (line) => process.stdout.write(`${line}\n`),
    });
    return storeModule(SqliteModule, store);
  }
}
