import type { Page } from '@playwright/test';
import { expect as check, test } from 'vitest';
import { SessionSchema } from '#libs/contracts';
import { expect } from './support/expect.js';
import { useRoom } from './support/room.js';

const MESSAGES = 320;
const SHOWN = 200;

const room = useRoom();

async function makeConversation(page: Page): Promise<string> {
  const headers = { origin: room.wire.url, prefer: 'wait=25' };
  const made = await page.request.post('/api/v1/sessions', { data: { title: 'Long' }, headers });
  const { id } = SessionSchema.parse(await made.json());
  for (let number = 1; number <= MESSAGES; number += 1) {
    const answer = await page.request.post('/api/v1/messages', { data: { sessionId: id, content: `/echo number ${number}` }, headers });
    if (answer.status() !== 200) throw new Error(`message ${number} was answered ${answer.status()}`);
  }
  return id;
}

const numbers = async (page: Page): Promise<number[]> =>
  (await page.locator('.answer-text').allInnerTexts()).map((text) => Number(text.replace('number ', '')));

test('a long conversation opens at its end, keeps the page small, and goes back to its first word in order', { timeout: 240_000 }, async () => {
  const page = await room.enter();
  const id = await makeConversation(page);
  await page.goto(`/playground?session=${id}`);
  await expect(page.locator('.answer-text').last()).toHaveText(`number ${MESSAGES}`);
  await expect(page.locator('.answer-text').last()).toBeInViewport();
  let seen = await numbers(page);
  const earlier = page.getByRole('button', { name: 'Load earlier messages' });
  for (let step = 0; step < 10 && (seen[0] ?? 0) !== 1; step += 1) {
    const first = seen[0] ?? 0;
    await earlier.click();
    await expect(page.locator('.answer-text', { hasText: new RegExp(`^number ${first - 1}$`) })).toHaveCount(1);
    seen = await numbers(page);
    check(seen.length).toBeLessThanOrEqual(SHOWN);
    check(seen).toEqual(seen.map((_number, index) => (seen[0] ?? 0) + index));
  }
  check(seen[0]).toBe(1);
  await expect(earlier).toHaveCount(0);
  await page.getByRole('button', { name: 'Newest messages' }).click();
  await expect(page.locator('.answer-text').last()).toHaveText(`number ${MESSAGES}`);
  await expect(page.locator('.answer-text').last()).toBeInViewport();
});
