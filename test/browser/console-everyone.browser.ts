import type { Page } from '@playwright/test';
import { describe, test, expect as check } from 'vitest';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { PHONE, seriousFaults, tabTo, widthBeyondScreen } from './support/everyone.js';
import { expect } from './support/expect.js';
import { say, useRoom } from './support/room.js';

const room = useRoom();

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

/** A session with a skill that was called, a turn that failed and one that runs; gives its address. */
async function fillSession(page: Page, title: string): Promise<string> {
  const id = await room.makePaced(page, title);
  await page.goto(`/console/sessions/${id}`);
  await say(page, 'What is it?');
  room.agent.tell({ type: 'tool-called', callId: 'one', skill: 'docs', input: { query: 'x'.repeat(300) } });
  room.agent.tell({ type: 'tool-finished', callId: 'one', outcome: 'ok', output: 'found' });
  room.agent.say(`It is this: ${'y'.repeat(300)}`);
  room.agent.finish();
  await page.locator('.turn[data-state=completed]').waitFor();
  await say(page, 'And?');
  room.agent.fail('provider_error', 'The provider hung up.');
  await page.locator('.turn[data-state=failed]').waitFor();
  await say(page, 'Once more');
  room.agent.say('Well,');
  await page.locator('.answer-text.streaming').waitFor();
  return `/console/sessions/${id}`;
}

/** Every page that the navigation names, by its address. */
async function pagesInMenu(page: Page): Promise<string[]> {
  const links: unknown = await page.evaluate("[...document.querySelectorAll('.console-side .console-nav a[href^=\"/console\"]')].map((link) => link.getAttribute('href'))");
  check(Array.isArray(links) && links.length > 3).toBe(true);
  return (links as string[]).map(String);
}

/** The page stands, and what it reads has come. */
async function settled(page: Page): Promise<void> {
  await page.locator('#page h1').waitFor();
  await expect(page.locator('#page .waiting.page-waiting')).toHaveCount(0);
}

describe('everyone can use the console', () => {
  test('with the keyboard only: sign in, find a session, follow, stop, write, look at its life, end it', async () => {
    const page = await room.visit();
    await page.goto('/console');
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    await tabTo(page, /^(pk_…|api-key)$/);
    await page.keyboard.type(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await expect(heading(page, 'Overview')).toBeVisible();
    const id = await room.makePaced(page, 'By keyboard');
    await room.makePaced(page, 'Another');
    await expect(async () => {
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('Sessions', { timeout: 3_000 });
    }).toPass({ timeout: 60_000 });
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);

    await expect(async () => {
      await page.keyboard.press('g');
      await page.keyboard.press('s');
      await expect(heading(page, 'Sessions')).toBeFocused({ timeout: 3_000 });
    }).toPass({ timeout: 60_000 });
    await expect(page.getByRole('link', { name: 'Another' })).toBeVisible();
    await tabTo(page, /^Title/);
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('link', { name: 'Another' })).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('link', { name: 'By keyboard' })).toBeFocused();
    await page.keyboard.press('Home');
    await expect(page.getByRole('link', { name: 'Another' })).toBeFocused();
    await page.keyboard.press('/');
    await page.keyboard.type('keyboard');
    await expect(page.getByRole('link', { name: 'Another' })).toHaveCount(0);
    await tabTo(page, /^By keyboard$/);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(new RegExp(`/console/sessions/${id}$`));
    await expect(heading(page, 'By keyboard')).toBeVisible();

    await tabTo(page, /Write a message/);
    await page.keyboard.type('A long story, please');
    await page.keyboard.press('Enter');
    room.agent.say('Once upon');
    await expect(page.locator('.answer-text.streaming')).toHaveText('Once upon');
    await page.keyboard.press('Escape');
    await expect(page.locator('.turn')).toHaveAttribute('data-state', 'cancelled');
    await tabTo(page, /^Its life$/);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('list', { name: 'Steps' })).toContainText('Cancelled');
    await tabTo(page, /^Its session$/);
    await page.keyboard.press('Enter');
    await expect(heading(page, 'By keyboard')).toBeVisible();
    await tabTo(page, /^End session$/);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.locator('#page').getByRole('button', { name: 'End session' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(page.getByRole('alertdialog').getByRole('button', { name: 'End session' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(heading(page, 'Sessions')).toBeFocused();
  });

  test('the first key on a page leads past the navigation', async () => {
    const page = await room.enterConsole('/console/sessions');
    await page.reload();
    await settled(page);
    await page.keyboard.press('Tab');
    await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeFocused();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await expect(page.getByRole('searchbox')).toBeFocused();
  });

  test('the focus is always seen', async () => {
    const page = await room.enterConsole('/console/sessions');
    await fillSession(page, 'To be focused');
    const unseen: string[] = [];
    for (const path of ['/console', '/console/sessions', '/console/queue', '/console/connections']) {
      await page.goto(path);
      await settled(page);
      for (let step = 0; step < 25; step += 1) {
        await page.keyboard.press('Tab');
        const seen: unknown = await page.evaluate(`(() => {
          const element = document.activeElement;
          if (element === null || element === document.body) return '';
          const outlines = [getComputedStyle(element), getComputedStyle(element, '::after')].some(({ outlineStyle }) => outlineStyle !== 'none');
          return outlines || getComputedStyle(element).boxShadow !== 'none' ? '' : element.outerHTML;
        })()`);
        if (typeof seen === 'string' && seen !== '') unseen.push(`${path}: ${seen}`);
      }
    }
    check(unseen).toEqual([]);
  });

  test.each([['light'], ['dark']] as const)('axe finds no serious fault in any %s page', { timeout: 180_000 }, async (colorScheme) => {
    const page = await room.enterConsole('/console', { colorScheme, bypassCSP: true });
    const found: string[] = [];
    const look = async (where: string): Promise<void> => {
      for (const fault of await seriousFaults(page)) found.push(`${where}: ${fault}`);
    };
    await look('guide');
    const session = await fillSession(page, `Looked at in the ${colorScheme}`);
    await look(session);
    for (const path of await pagesInMenu(page)) {
      await page.goto(path);
      await settled(page);
      await look(path);
    }
    await page.goto(session);
    await page.getByRole('link', { name: 'Its life' }).first().click();
    await page.getByRole('list', { name: 'Steps' }).waitFor();
    await look('message');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await look('keys');
    await page.keyboard.press('Escape');
    await page.goto('/console/connections');
    await page.getByRole('button', { name: /^Cut/ }).first().click();
    await page.getByRole('alertdialog').waitFor();
    await look('confirm');
    check(found).toEqual([]);
  });

  test('on a phone nothing scrolls sideways, and every page is two touches away', { timeout: 180_000 }, async () => {
    const page = await room.enterConsole('/console', PHONE);
    const wide: string[] = [];
    const look = async (where: string): Promise<void> => {
      if ((await widthBeyondScreen(page)) !== 0) wide.push(where);
    };
    await look('guide');
    const session = await fillSession(page, `A name so long that no phone shows the whole of it ${'w'.repeat(120)}`);
    await look(session);
    await page.getByRole('link', { name: 'Its life' }).first().tap();
    await page.getByRole('list', { name: 'Steps' }).waitFor();
    await look('message');
    for (const path of await pagesInMenu(page)) {
      await page.goto(path);
      await settled(page);
      await look(path);
    }
    await page.getByRole('button', { name: 'Menu' }).tap();
    await page.getByRole('dialog').getByRole('link', { name: 'Sessions' }).tap();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(heading(page, 'Sessions')).toBeVisible();
    check(wide).toEqual([]);
  });

  test('nothing moves for those who asked for less motion', async () => {
    const page = await room.enterConsole('/console', { reducedMotion: 'reduce' });
    await fillSession(page, 'Still');
    check(await page.evaluate('document.getAnimations().length')).toBe(0);
  });

  test('colours follow the system, or the choice, which is kept', async () => {
    const page = await room.enterConsole('/console', { colorScheme: 'light' });
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await paper();
    await page.getByRole('combobox', { name: 'Colours' }).selectOption('dark');
    await check.poll(paper).not.toBe(light);
    const dark = await paper();
    await page.reload();
    await settled(page);
    await check.poll(paper).toBe(dark);
    await page.goto('/playground');
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    check(await paper()).toBe(dark);
    await page.goto('/console');
    await page.getByRole('combobox', { name: 'Colours' }).selectOption('system');
    check(await paper()).toBe(light);
  });
});
