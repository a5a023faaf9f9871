import { openMemoryStore } from '../../../src/persistence/memory/memory-store.js';
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
import { roadSuite } from './road.suite.js';
import { sessionsSuite } from './sessions.suite.js';

const open = async () => openMemoryStore(() => undefined);

for (const suite of [inboxSuite, sessionsSuite, historySuite, credentialsSuite, notesSuite, auditSuite, usageSuite, tenantsSuite, outboxSuite, operatorListsSuite, registrationsSuite, controlEventsSuite]) suite('memory', open);
roadSuite('memory', open, 500);
