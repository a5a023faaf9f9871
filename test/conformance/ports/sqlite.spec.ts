import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteStore } from '../../../src/persistence/sqlite/sqlite-store.js';
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
import { roadSuite } from './road.suite.js';
import { sessionsSuite } from './sessions.suite.js';

const folders: string[] = [];

async function open(): Promise<PortedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-'));
  folders.push(folder);
  return openSqliteStore(folder, () => undefined);
}

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

for (const suite of [inboxSuite, sessionsSuite, historySuite, credentialsSuite, notesSuite, auditSuite, usageSuite, tenantsSuite, outboxSuite, operatorListsSuite, registrationsSuite, controlEventsSuite]) suite('SQLite', open);
roadSuite('SQLite', open, 200);
