import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect as check, test } from 'vitest';
import { Receiver } from '../outbox/receiver.js';
import { GatedAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { tabTo } from './support/everyone.js';
import { expect } from './support/expect.js';
import { useRoom } from './support/room.js';

let receiver: Receiver;
const gated = new GatedAgent('gated', 'So far', ' and done');

beforeAll(async () => {
  receiver = await Receiver.open();
});
afterAll(() => receiver.close());
const room = useRoom({ settings: { ALLOW_LOOPBACK_EGRESS: 'true' }, agents: [gated] });

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

/** `g` and a letter, from where one does not write; again when the two came too far apart for one. */
async function go(page: Page, letter: string, title: string): Promise<void> {
  await expect(async () => {
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await expect(heading(page, title)).toBeFocused({ timeout: 3_000 });
  }).toPass({ timeout: 60_000 });
}

/** Goes to what is named so and presses Enter on it. */
async function pressOn(page: Page, name: RegExp, key?: 'Tab' | 'Shift+Tab'): Promise<void> {
  await tabTo(page, name, key);
  await page.keyboard.press('Enter');
}

async function signIn(page: Page): Promise<void> {
  await page.goto('/console');
  await page.getByRole('textbox', { name: 'API key' }).waitFor();
  await tabTo(page, /^(pk_…|api-key)$/);
  await page.keyboard.type(ADMIN_KEY);
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Overview')).toBeVisible();
}

async function followAndStop(page: Page): Promise<void> {
  await room.makePaced(page, 'By keyboard');
  await go(page, 's', 'Sessions');
  await expect(page.getByRole('link', { name: 'By keyboard' })).toBeVisible();
  await pressOn(page, /^By keyboard$/);
  await expect(heading(page, 'By keyboard')).toBeVisible();
  await tabTo(page, /^Message$/);
  await page.keyboard.type('A story, please');
  await page.keyboard.press('Enter');
  room.agent.say('Once upon');
  await expect(page.locator('.answer-text.streaming')).toHaveText('Once upon');
  room.agent.say(' a time.');
  await expect(page.locator('.answer-text.streaming')).toHaveText('Once upon a time.');
  room.agent.finish();
  await expect(page.locator('.turn').last()).toHaveAttribute('data-state', 'completed');
  await page.keyboard.type('Another, longer');
  await page.keyboard.press('Enter');
  room.agent.say('It was');
  await expect(page.locator('.answer-text.streaming')).toHaveText('It was');
  await pressOn(page, /^Stop$/);
  await expect(page.locator('.turn').last()).toHaveAttribute('data-state', 'cancelled');
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused();
  await tabTo(page, /^Its life$/, 'Shift+Tab');
}

async function makeAndUseKey(page: Page): Promise<void> {
  await go(page, 'k', 'Keys');
  await pressOn(page, /^New key$/);
  await expect(page.getByRole('dialog', { name: 'New key' })).toBeVisible();
  await tabTo(page, /^Name$/);
  await page.keyboard.type('Made by keyboard');
  await pressOn(page, /^Make the key$/);
  const shown = page.getByRole('textbox', { name: 'API key' });
  await expect(shown).toBeVisible();
  await tabTo(page, /^API key$/);
  const key = await shown.inputValue();
  await pressOn(page, /^I have kept it$/);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'New key' })).toBeFocused();
  await expect(page.getByRole('row').filter({ hasText: 'Made by keyboard' })).toBeVisible();
  check((await room.call('POST', '/api/v1/messages', { content: '/echo hi' }, key)).status).toBe(202);
}

async function scaleUnderLoad(page: Page): Promise<void> {
  await go(page, 'a', 'Agents');
  await expect(page.getByRole('link', { name: 'gated' })).toBeVisible();
  await pressOn(page, /^gated$/);
  await expect(heading(page, 'gated')).toBeVisible();
  const field = page.getByRole('spinbutton', { name: 'Turns at once' });
  const scaleTo = async (turns: string): Promise<void> => {
    await tabTo(page, /^Turns at once/);
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(turns);
    await page.keyboard.press('Enter');
  };
  await scaleTo('1');
  await expect(page.getByText('0 of at most 1 turns at once')).toBeVisible();
  await expect(field).toBeFocused();
  for (let sent = 0; sent < 3; sent += 1) check((await room.call('POST', '/api/v1/messages', { content: 'go', agent: 'gated' })).status).toBe(202);
  await expect(page.getByText('1 of at most 1 turns at once')).toBeVisible();
  await expect(page.getByText('2 turns', { exact: true })).toBeVisible();
  await scaleTo('3');
  await expect(page.getByText('3 of at most 3 turns at once')).toBeVisible();
  gated.open();
  await expect(page.getByText('0 of at most 3 turns at once')).toBeVisible();
  await tabTo(page, /^Scale$/);
}

async function redrive(page: Page): Promise<void> {
  receiver.replies.push({ status: 410 });
  check((await room.call('POST', '/api/v1/channels/callback/send', { to: receiver.url('/gone'), content: 'hello' })).ok).toBe(true);
  await receiver.called(1);
  await go(page, 'd', 'Dead letters');
  await expect(page.getByRole('row').filter({ hasText: '/gone' })).toBeVisible();
  await tabTo(page, /^Choose the letter to .*\/gone$/);
  await page.keyboard.press('Space');
  await pressOn(page, /^Send 1 again$/, 'Shift+Tab');
  const question = page.getByRole('alertdialog');
  await expect(question).toBeVisible();
  await pressOn(page, /^Send again$/);
  await expect(question).toHaveCount(0);
  await receiver.called(2);
  await expect(page.getByText('No dead letter.')).toBeVisible();
  await expect(heading(page, 'Dead letters')).toBeFocused();
}

async function verifyAudit(page: Page): Promise<void> {
  await go(page, 'l', 'Audit');
  await pressOn(page, /^Verify the log$/);
  await expect(page.getByRole('dialog')).toContainText('as it was written');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Verify the log' })).toBeFocused();
}

test('an operator does all of it with the keyboard only', { timeout: 300_000 }, async () => {
  const page = await room.visit();
  await signIn(page);
  await followAndStop(page);
  await makeAndUseKey(page);
  await scaleUnderLoad(page);
  await redrive(page);
  await verifyAudit(page);
  await pressOn(page, /^Sign out$/);
  await expect(page.getByRole('heading', { name: 'Sign in to Parley' })).toBeVisible();
});
