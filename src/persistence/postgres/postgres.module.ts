import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { StorageError } from '#libs/ports';
import { storeModule } from '../store-module.js';
import { openPostgresStore } from './postgres-store.js';

/** Binds the ports to PostgreSQL. Whoever ends the process calls `StoreControl.close`, last. */
@Module({})
export class PostgresModule {
  /** Opens the store at once, so that a start that cannot have it ends before anything else begins. Rejects with `StoreOpenError`. */
  static async open(databaseUrl: string): Promise<DynamicModule> {
    const logger = new Logger('store');
    const store = await openPostgresStore({
      url: databaseUrl,
      exclusive: true,
      onFault: (error) => logger.error(error instanceof StorageError ? error.message : error),
      tell: (line) => process.stdout.write(`${line}\n`),
    });
    return storeModule(PostgresModule, store);
  }
}
