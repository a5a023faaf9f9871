import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS, type Principal } from '#libs/contracts';
import { Clock, IdGenerator, type KeyRecord } from '#libs/ports';
import { AdminKey } from '../../src/auth/admin-key.js';
import { CredentialStatus } from '../../src/auth/credential-status.js';
import { TrustedIssuers } from '../../src/auth/jwt/trusted-issuers.js';
import { OperatorSignIns } from '../../src/auth/operator-sign-ins.js';
import { Revocations } from '../../src/auth/revocations.js';
import { SsoCredential } from '../../src/auth/sso/sso-credential.js';
import { TenantMembers } from '../../src/auth/sso/tenant-members.js';
import { Log } from '../../src/observability/log.js';
import { MemoryKeys } from '../../src/persistence/memory/memory-keys.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** A store whose first answer is on its way for as long as it is held. */
class SlowAtFirst extends MemoryKeys {
  readonly arrival = Promise.withResolvers<void>();
  asked = 0;

  override async find(id: string, tenantId: string): Promise<KeyRecord | null> {
    this.asked += 1;
    const isFirst = this.asked === 1;
    const found = await super.find(id, tenantId);
    if (isFirst) await this.arrival.promise;
    return found;
  }
}

it('what was read of a key before it was given an end does not take the end away again', async () => {
  const part = <Part>(type: abstract new (...parts: never[]) => Part): Part => gateway.app.get(type);
  const keys = new SlowAtFirst();
  const others = [part(AdminKey), part(OperatorSignIns), part(SsoCredential), part(TrustedIssuers), part(TenantMembers), part(Clock)] as const;
  const revocations = new Revocations(new CredentialStatus(keys, ...others), part(Clock), part(Log));
  const id = part(IdGenerator).next();
  const key = { id, tenantId: 'default', name: 'k', scopes: [], limits: NO_PRINCIPAL_LIMITS, createdAt: 0, expiresAt: null, lastUsedAt: null, secrets: [] };
  await keys.create(key);
  const principal: Principal = { kind: 'key', id, tenantId: 'default', scopes: new Set(), credentialId: id };
  const ended = new Promise<void>((resolve) => revocations.watch(principal, resolve));
  await keys.update(id, 'default', { expiresAt: Date.now() + 500 });
  revocations.recheck(id);
  expect(keys.asked).toBe(2);
  // One turn of the event loop: the second answer is there, the first one comes behind it.
  await new Promise((resolve) => setImmediate(resolve));
  keys.arrival.resolve();
  await ended;
});
