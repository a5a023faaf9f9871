import { afterAll, describe } from 'vitest';
import { openPostgresStore } from '../../../src/persistence/postgres/postgres-store.js';
import { freshDatabase, postgresUrl, type FreshDatabase } from '../../support/postgres.js';
import { tenantsSuite } from './tenants.suite.js';
import { usageSuite } from './usage.suite.js';
import { auditSuite } from './audit.suite.js';
import { controlEventsSuite } from './control-events.suite.js';
import { registrationsSuite } from './registrations.suite.js';
import { credentialsSuite } from './credentials.suite.js';
import { historySuite } from './history.suite.js';
import { inboxSuite } from './inbox.suite.js';
import { notesSuite } from './notes.suite.js';
import { operatorListsSuite } from './operator-lists.suite.js';
import { outboxSuite } from './outbox.suite.js';
import type { PortedStore } from './ported-store.js';
import { postgresOnly } from './postgres-only.js';
import { postgresOutages } from './postgres-outages.js';
import { roadSuite } from './road.suite.js';
import { sessionsSuite } from './sessions.suite.js';

const server = await postgresUrl();
if (server === null) {
  if (process.env['PARLEY_REQUIRE_POSTGRES'] === '1') throw new Error('PostgreSQL side did not run: no server, and it is required here');
  console.log('PostgreSQL side did not run: no server');
}

const databases: FreshDatabase[] = [];

async function fresh(): Promise<FreshDatabase> {
  const database = await freshDatabase(server ?? '');
  databases.push(database);
  return database;
}

async function open(): Promise<PortedStore> {
  const { url } = await fresh();
  return await openPostgresStore({ url, exclusive: true, onFault: () => undefined });
}

describe.runIf(server !== null)('PostgreSQL', () => {
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  for (const suite of [inboxSuite, sessionsSuite, historySuite, credentialsSuite, notesSuite, auditSuite, usageSuite, tenantsSuite, outboxSuite, operatorListsSuite, registrationsSuite, controlEventsSuite]) suite('PostgreSQL', open);
  roadSuite('PostgreSQL', open, 100);
  postgresOnly(fresh);
  postgresOutages(fresh);
});
