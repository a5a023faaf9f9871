import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { AuditLog, CallbackTargets, ControlEvents, Registrations, Figures, History, Inbox, Keys, Notes, OperatorSessions, Outbox, Sessions, StoreControl, Tokens, Tenants, UsageLedger } from '#libs/ports';
import { openPostgresStore } from './postgres-store.js';

/** Binds the ports to PostgreSQL. Whoever ends the process calls `StoreControl.close`, last. */
@Module({})
export class PostgresModule {
  /** Opens the store at once, so that a start that cannot have it ends before anything else begins. Rejects with `StoreOpenError`. */
  static async open(databaseUrl: string): Promise<DynamicModule> {
    const logger = new Logger('store');
    const store = await openPostgresStore({ url: databaseUrl, exclusive: true, onFault: (error) => logger.error(error) });
    const providers = [
      { provide: Inbox, useValue: store.inbox },
      { provide: Sessions, useValue: store.sessions },
      { provide: History, useValue: store.history },
      { provide: Keys, useValue: store.keys },
      { provide: Tokens, useValue: store.tokens },
      { provide: OperatorSessions, useValue: store.operatorSessions },
      { provide: Notes, useValue: store.notes },
      { provide: Outbox, useValue: store.outbox },
      { provide: CallbackTargets, useValue: store.callbackTargets },
      { provide: AuditLog, useValue: store.auditLog },
      { provide: UsageLedger, useValue: store.usage },
      { provide: Tenants, useValue: store.tenants },
      { provide: Figures, useValue: store.figures },
      { provide: ControlEvents, useValue: store.controlEvents },
      { provide: Registrations, useValue: store.registrations },
      { provide: StoreControl, useValue: store.control },
    ];
    return { module: PostgresModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}
