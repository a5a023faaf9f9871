import { AuthGuard } from '../../dist/src/auth/auth.guard.js';
import { CredentialAuthenticator } from '../../dist/src/auth/credential-authenticator.js';
import { CountedMessageLimits } from '../../dist/src/throttling/counted-message-limits.js';
import { ReadLimitGuard } from '../../dist/src/throttling/read-limit.guard.js';
import { TokenBudgets } from '../../dist/src/throttling/token-budgets.js';
import { TurnsAtOnce } from '../../dist/src/throttling/turns-at-once.js';

// The product of the bench as everybody's, with nobody asking who calls and whether they may: what identity and limits cost is the difference.

const ANYBODY = { kind: 'key', id: 'admin', tenantId: 'default', scopes: new Set(['admin']), credentialId: 'nobody' };
const ALLOWED = { allowed: true, quotas: [], retryAfterMs: 0 };
const CALL = { maxOutputTokens: null, grew: () => true, settle: () => undefined, release: () => undefined };

AuthGuard.prototype.canActivate = async (context) => {
  context.switchToHttp().getRequest().principal = ANYBODY;
  return true;
};
ReadLimitGuard.prototype.canActivate = async () => true;
CredentialAuthenticator.prototype.authenticate = async () => ({ ok: true, value: ANYBODY });
CredentialAuthenticator.prototype.watch = () => () => undefined;
CountedMessageLimits.prototype.take = () => ALLOWED;
TokenBudgets.prototype.admit = () => null;
TokenBudgets.prototype.reserve = () => CALL;
TurnsAtOnce.prototype.full = () => null;
TurnsAtOnce.prototype.take = () => undefined;
TurnsAtOnce.prototype.leave = () => undefined;
await import('./parley.mjs');
