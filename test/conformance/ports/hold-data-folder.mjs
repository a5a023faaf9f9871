import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const [folder] = process.argv.slice(2);
const lock = new DatabaseSync(join(folder, 'parley.lock'));
lock.exec('BEGIN EXCLUSIVE');
writeFileSync(join(folder, 'parley.owner'), 'process 4711 on elsewhere, since 2026-01-01T00:00:00.000Z\n');
process.send('held');
setInterval(() => lock.isOpen, 60_000);
