import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { beforeAll, expect as check, test } from 'vitest';
import { expect } from './support/expect.js';
import { useRoom } from './support/room.js';

const SESSIONS = 100_000;
/** Rows in view, with those kept ready above and below. */
const ROWS_IN_DOCUMENT_MAX = 80;
const ROWS_READ = 3_000;

const room = useRoom();

beforeAll(() => {
  const store = new DatabaseSync(join(room.gateway.dataDir, 'parley.db'), { timeout: 10_000 });
  store.exec(`INSERT INTO sessions (id, tenant_id, owner_kind, owner_id, title, agent, metadata, created_at, changed_at, number)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${SESSIONS})
    SELECT printf('01900000-%04x-7000-8000-%012x', i / 65536, i), 'default', 'user', 'user-' || (i % 997), 'Session number ' || i, 'concierge', '{}',
      1700000000000 + i, 1700000000000 + i, 1000000 + i FROM n`);
  store.close();
});

test('a list of 100,000 rows opens at once, reads on as one goes down, and keeps the page small', { timeout: 240_000 }, async () => {
  const page = await room.enterConsole('/console/sessions');
  await expect(page.getByRole('link', { name: `Session number ${SESSIONS}`, exact: true })).toBeVisible();
  await page.getByRole('link', { name: `Session number ${SESSIONS}`, exact: true }).focus();
  const foot = page.locator('.table-foot');
  let read = 100;
  for (let step = 0; step < 200 && read < ROWS_READ; step += 1) {
    await page.keyboard.press('End');
    await expect(foot).not.toHaveText(new RegExp(`^${read.toLocaleString('en')} `));
    read = Number(/^[\d,]+/.exec((await foot.textContent()) ?? '')?.[0].replaceAll(',', ''));
    check(await page.locator('.table-row').count()).toBeLessThanOrEqual(ROWS_IN_DOCUMENT_MAX);
  }
  check(read).toBeGreaterThanOrEqual(ROWS_READ);
  await page.keyboard.press('End');
  await expect(page.getByRole('link', { name: `Session number ${SESSIONS - read + 1}`, exact: true })).toBeFocused();
  await page.keyboard.press('Home');
  await expect(page.getByRole('link', { name: `Session number ${SESSIONS}`, exact: true })).toBeFocused();

  await page.getByRole('searchbox').fill(`number ${SESSIONS / 2}`);
  await expect(page.locator('.table-row')).toHaveCount(1);
  await expect(page.getByRole('link', { name: `Session number ${SESSIONS / 2}`, exact: true })).toBeVisible();
});
