import { expect, type BrowserContextOptions, type Page } from '@playwright/test';
import axe from 'axe-core';
import { afterAll, afterEach, beforeAll, describe, test, expect as check } from 'vitest';
import { z } from 'zod';
import { ADMIN_KEY } from '../support/start-gateway.js';
import type { Visit } from './support/chromium.js';
import { openRoom, say, type Room } from './support/room.js';

const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
const AxeViolationsSchema = z.array(z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.object({ html: z.string() })) }));

let room: Room;
let visited: Visit | null = null;

beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room.close());
afterEach(async () => {
  const last = visited;
  visited = null;
  await last?.context.close();
  room.agent.forget();
  check(last?.faults ?? []).toEqual([]);
});

async function enter(options?: BrowserContextOptions): Promise<Page> {
  visited = await room.enter(options);
  return visited.page;
}

/** What axe finds that is serious or critical, one line each. */
async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate('axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)');
  return AxeViolationsSchema.parse(found)
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

async function widthBeyondScreen(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    const label: unknown = await page.evaluate('document.activeElement?.innerText || document.activeElement?.getAttribute("aria-label") || document.activeElement?.id || ""');
    if (typeof label === 'string' && name.test(label)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${name}`);
}

describe('everyone can use it', () => {
  test('with the keyboard only: sign in, send, unfold, rename, delete, begin anew', async () => {
    visited = await room.visit();
    const { page } = visited;
    await page.goto('/playground');
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    await tabTo(page, /^api-key$/);
    await page.keyboard.type(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused();
    await page.keyboard.type('What is 6 * 7?');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('Please.');
    check(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('What is 6 * 7?\nPlease.');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('What is 6 * 7?');
    await page.keyboard.press('Enter');
    await expect(page.locator('.turn[data-state=completed] .answer-text')).toContainText('42');
    await tabTo(page, /^calculator/);
    await page.keyboard.press('Enter');
    await expect(page.locator('details.tool dl')).toBeVisible();
    await tabTo(page, /^Rename$/);
    await page.keyboard.press('Enter');
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('By keyboard');
    await tabTo(page, /^Delete$/);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await tabTo(page, /^Delete$/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Say something' })).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused();
  });

  test('the focus is always seen', async () => {
    const page = await enter();
    await say(page, '/help');
    await expect(page.locator('.turn[data-state=completed]')).toBeVisible();
    const unseen: string[] = [];
    for (let step = 0; step < 15; step += 1) {
      await page.keyboard.press('Tab');
      const seen: unknown = await page.evaluate(`(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return '';
        const box = element.id === 'message' ? element.closest('.composer-box') : element;
        const { outlineStyle, boxShadow } = getComputedStyle(box);
        return outlineStyle !== 'none' || boxShadow !== 'none' ? '' : element.outerHTML;
      })()`);
      if (typeof seen === 'string' && seen !== '') unseen.push(seen);
    }
    check(unseen).toEqual([]);
  });

  test.each([['light'], ['dark']] as const)('axe finds no serious fault in the %s page', async (colorScheme) => {
    visited = await room.visit({ colorScheme, bypassCSP: true });
    const { page } = visited;
    await page.goto('/playground');
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    check(await seriousFaults(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'API key' }).fill(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Say something' }).waitFor();
    check(await seriousFaults(page)).toEqual([]);
    await say(page, 'What is 17.5 * 24 + 3?');
    await page.locator('.turn[data-state=completed]').waitFor();
    await page.locator('details.tool summary').click();
    await room.openPaced(page);
    await say(page, 'fail, please');
    room.agent.say('```js\nlet half = 1;\n```\nhalf');
    room.agent.fail('provider_error', 'The provider hung up.');
    await page.locator('.turn[data-state=failed]').waitFor();
    await say(page, 'again');
    room.agent.say('streaming');
    await page.locator('.answer-text.streaming').waitFor();
    check(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    check(await seriousFaults(page)).toEqual([]);
  });

  test('on a phone nothing scrolls sideways, and conversations are one touch away', async () => {
    const page = await enter(PHONE);
    check(await widthBeyondScreen(page)).toBe(0);
    await room.openPaced(page, 'A name so long that no phone in anybody’s pocket shows the whole of it');
    await say(page, `wide ${'w'.repeat(400)}`);
    room.agent.say(`${'x'.repeat(500)}\n\`\`\`\n${'y'.repeat(500)}\n\`\`\`\n`);
    room.agent.tell({ type: 'tool-called', callId: 'c', skill: 'a-skill-with-a-long-name', input: { long: 'z'.repeat(500) } });
    room.agent.tell({ type: 'tool-finished', callId: 'c', outcome: 'ok', output: 'z'.repeat(500) });
    room.agent.finish();
    await page.locator('.turn[data-state=completed]').waitFor();
    await page.locator('details.tool summary').click();
    check(await widthBeyondScreen(page)).toBe(0);
    await page.getByRole('button', { name: 'Conversations' }).tap();
    await page.getByRole('navigation').getByRole('button', { name: 'New conversation' }).tap();
    await expect(page.getByRole('heading', { name: 'Say something' })).toBeVisible();
    check(await widthBeyondScreen(page)).toBe(0);
  });

  test('nothing moves for those who asked for less motion', async () => {
    const page = await enter({ reducedMotion: 'reduce' });
    await room.openPaced(page);
    await say(page, 'still');
    room.agent.say('text');
    await page.locator('.answer-text.streaming').waitFor();
    check(await page.evaluate('document.getAnimations().length')).toBe(0);
  });
});
