import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { getOptionsToken, getStorageToken, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { Counters, ModelBudget } from '#libs/ports';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { ConnectionAttempts } from './connection-attempts.js';
import { ConnectionsAtOnce } from './connections-at-once.js';
import { CountedMessageLimits } from './counted-message-limits.js';
import { CountersThrottlerStorage } from './counters-throttler-storage.js';
import { LimitsInForce } from './limits-in-force.js';
import { MemoryCounters } from './memory-counters.js';
import { MessageLimits } from './message-limits.js';
import { Prices } from './prices.js';
import { ReadLimitGuard } from './read-limit.guard.js';
import { TenantCount } from './tenant-count.js';
import { TenantLimitsBook } from './tenant-limits-book.js';
import { TokenBudgets } from './token-budgets.js';
import { TurnsAtOnce } from './turns-at-once.js';
import { UsageController } from './usage.controller.js';
import { UsageReports } from './usage-reports.js';

const READS: ThrottlerModuleOptions = { throttlers: [{ ttl: 60_000, limit: 600 }], setHeaders: false };

/** Whether callers may call now. Comes behind `AuthModule`, so that its guard knows the caller. */
@Global()
@Module({
  controllers: [UsageController],
  providers: [
    ConnectionAttempts,
    ConnectionsAtOnce,
    LimitsInForce,
    Prices,
    TenantCount,
    TenantLimitsBook,
    TokenBudgets,
    TurnsAtOnce,
    UsageReports,
    { provide: ModelBudget, useExisting: TokenBudgets },
    { provide: Counters, useFactory: () => new MemoryCounters() },
    { provide: MessageLimits, useClass: CountedMessageLimits },
    { provide: getOptionsToken(), useValue: READS },
    { provide: getStorageToken(), useClass: CountersThrottlerStorage },
    { provide: APP_GUARD, useClass: ReadLimitGuard },
  ],
  exports: [
    ConnectionAttempts,
    ConnectionsAtOnce,
    Counters,
    LimitsInForce,
    MessageLimits,
    ModelBudget,
    TenantCount,
    TenantLimitsBook,
    TokenBudgets,
    TurnsAtOnce,
    UsageReports,
  ],
})
export class ThrottlingModule {
  constructor(budgets: TokenBudgets, lifecycle: Lifecycle) {
    lifecycle.register('final', { name: 'usage is written', run: () => budgets.flush() });
  }
}
