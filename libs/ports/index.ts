export { Clock } from './clock.js';
export { IdGenerator } from './id-generator.js';
export { toStoredFrame, type EventFrame, type Fact, type StoredFrame } from './event-frame.js';
export { reaches, type Reach } from './reach.js';
export {
  Inbox,
  StorageError,
  type AcceptOutcome,
  type AcceptRequest,
  type CancelOutcome,
  type Checkpoint,
  type ClaimedTurn,
  type Finished,
  type Lease,
  type OpenTurn,
  type Stale,
  type Started,
  type TurnEnd,
} from './inbox.js';
export { Sessions, type BadCursor, type NewSession, type PageRequest, type Pruned, type SessionFilter } from './sessions.js';
export { History, type HistoryBounds, type TurnRecord, type Utterance } from './history.js';
export { changedKey, Keys, toApiKey, type KeyChange, type KeyRecord, type KeySecret } from './keys.js';
export { Tokens, type TokenKind, type TokenRecord } from './tokens.js';
export { OperatorSessions, type OperatorSession, type OperatorSessionFilter } from './operator-sessions.js';
export { Notes, type Note } from './notes.js';
export { CounterKey, Counters, type Decision, type Hit, type Quota, type QuotaState } from './counters.js';
export { NO_SPAN, NO_TRACING, Tracing, type Span, type SpanAttributes, type SpanStart } from './tracing.js';
export { StoreControl } from './store-control.js';
export {
  Outbox,
  OPEN_DELIVERIES_LIMIT,
  REPLY_CHANNEL,
  toDelivery,
  type ClaimRequest,
  type DeliveryClaim,
  type DeliveryLease,
  type DeliveryRecord,
  type EnqueueOutcome,
  type NewDelivery,
  type RedriveOutcome,
  type Settlement,
} from './outbox.js';
export { ModelBudget, type ModelCall, type Spender } from './model-budget.js';
export { UsageLedger, type Spending, type UsageDay, type UsageQuery, type UsageRow, type UsageScope, type UsageSum } from './usage-ledger.js';
export { changedTenant, Tenants, type TenantChange, type TenantRecord } from './tenants.js';
export { AuditLog, type AuditAppendix, type AuditFilter, type AuditHead, type AuditRow } from './audit-log.js';
export { CallbackTargets, type CallbackTarget } from './callback-targets.js';
export { Vault, VaultError } from './vault.js';
export { DEPTH_COUNTED, Figures, type DeliveryDepth, type OpenTurnCount, type OpenTurnRecord, type TenantFigures, type TurnStanding } from './figures.js';
export { CONTROL_EVENTS_KEPT, ControlEvents, type NewControlEvent, type StoredControlEvent } from './control-events.js';
export { Registrations, type Addition, type Registration, type RegistrationKind } from './registrations.js';
