import { AUDIT_LISTS } from './audit-lists.js';
import { AUDIT } from './audit.js';
import { CONTROL_EVENTS } from './control-events.js';
import { DAMAGED_MESSAGE } from './damaged-message.js';
import { DELIVERY_REQUESTS } from './delivery-requests.js';
import { OPERATOR_FILTERS } from './operator-filters.js';
import { OPERATOR_LISTS } from './operator-lists.js';
import { OUTBOX } from './outbox.js';
import { REGISTRATIONS } from './registrations.js';
import { REMOVED_TENANTS } from './removed-tenants.js';
import { STEPS } from './steps.js';
import { TABLES } from './tables.js';
import { TENANTS } from './tenants.js';
import { USAGE_ROLLUPS } from './usage-rollups.js';
import { USAGE } from './usage.js';

/** The schema, step by step: number N is what brings a store of N - 1 forward. A released step is never changed. */
export const MIGRATIONS: readonly string[] = [
  TABLES + STEPS,
  OUTBOX,
  DAMAGED_MESSAGE,
  AUDIT,
  OPERATOR_LISTS,
  USAGE,
  CONTROL_EVENTS,
  TENANTS,
  REGISTRATIONS,
  AUDIT_LISTS,
  REMOVED_TENANTS,
  USAGE_ROLLUPS + OPERATOR_FILTERS,
  DELIVERY_REQUESTS,
];
