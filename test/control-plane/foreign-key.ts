import { NO_PRINCIPAL_LIMITS, type Scope } from '#libs/contracts';
import { IdGenerator, Keys } from '#libs/ports';
import { newApiKey } from '../../src/auth/api-key.js';
import type { StartedGateway } from '../support/start-gateway.js';

/** A key of another tenant. */
export async function foreignKey({ app }: StartedGateway, tenantId = 'another', scopes: readonly Scope[] = ['admin']): Promise<string> {
  const { key, prefix, hash } = newApiKey();
  await app.get(Keys).create({
    id: app.get(IdGenerator).next(),
    tenantId,
    name: 'of another tenant',
    scopes,
    limits: NO_PRINCIPAL_LIMITS,
    createdAt: 0,
    expiresAt: null,
    lastUsedAt: null,
    secrets: [{ prefix, hash, expiresAt: null }],
  });
  return key;
}
