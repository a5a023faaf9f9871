import type { DynamicModule, Type } from '@nestjs/common';
import {
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
import type { Store } from './store.js';

/** The module that binds every port to this store, for the whole application. */
export function storeModule(module: Type, store: Store): DynamicModule {
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
  return { module, global: true, providers, exports: providers.map(({ provide }) => provide) };
}
