export { attemptsExhausted, MAX_ATTEMPTS, mayStartAgain } from './attempts.js';
export { backoffMs, type Backoff } from './backoff.js';
export { FairQueue } from './fair-queue.js';
export { holdsScope, may, PERMISSIONS, reachOf, roleOfScopes, scopesOfRole, type Permission } from './permissions.js';
