import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { getOptionsToken, getStorageToken, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { Counters, ModelBudget } from '#libs/ports';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { CountedMessageLimits } from './counted-message-limits.js';
import { CountersThrottlerStorage } from './counters-throttler-storage.js';
import { MemoryCounters } from './memory-counters.js';
import { MessageLimits } from './message-limits.js';
import { ReadLimitGuard } from './read-limit.guard.js';
import { TenantBudgets } from './tenant-budgets.js';
import { TokenBudgets } from './token-budgets.js';
import { UsageController } from './usage.controller.js';
import { UsageReports } from './usage-reports.js';

const READS: ThrottlerModuleOptions = { throttlers: [{ ttl: 60_000, limit: 600 }], setHeaders: false };

/** Whether callers may call now. Comes behind `AuthModule`, so that its guard knows the caller. */
@Global()
@Module({
  controllers: [UsageController],
  providers: [
    TenantBudgets,
    TokenBudgets,
    UsageReports,
    { provide: ModelBudget, useExisting: TokenBudgets },
    { provide: Counters, useFactory: () => new MemoryCounters() },
    { provide: MessageLimits, useClass: CountedMessageLimits },
    { provide: getOptionsToken(), useValue: READS },
    { provide: getStorageToken(), useClass: CountersThrottlerStorage },
    { provide: APP_GUARD, useClass: ReadLimitGuard },
  ],
  exports: [Counters, MessageLimits, ModelBudget, TenantBudgets, TokenBudgets],
})
export class ThrottlingModule {
  constructor(budgets: TokenBudgets, lifecycle: Lifecycle) {
    lifecycle.register('final', { name: 'usage is written', run: () => budgets.flush() });
  }
}
