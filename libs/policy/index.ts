export { attemptsExhausted, mayStartAgain } from './attempts.js';
export { backoffMs } from './backoff.js';
export { deliveryRetryMs, deliveryVerdict, MAX_DELIVERY_ATTEMPTS, MAX_RETRY_AFTER_MS, retryAfterMs } from './delivery-retry.js';
export { egressPlace } from './egress-address.js';
export { FairQueue } from './fair-queue.js';
export { holdsScope, may, PERMISSIONS, reachOf, roleOfScopes, scopesOfRole, type Permission } from './permissions.js';
export { Slots } from './slots.js';
