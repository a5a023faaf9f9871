import type { BrowserContextOptions, Page } from '@playwright/test';
import { afterAll, beforeAll, describe, test, expect as check } from 'vitest';
import { CreatedApiKeySchema } from '#libs/contracts';
import { Receiver } from '../outbox/receiver.js';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { PHONE, seriousFaults, tabTo, widthBeyondScreen } from './support/everyone.js';
import { expect } from './support/expect.js';
import { useRoom } from './support/room.js';

const PAGES = ['agents', 'agents/concierge', 'channels', 'dead-letters', 'keys', 'tenants', 'tenants/default', 'usage', 'audit', 'health', 'settings'];
const EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202egnp';

let receiver: Receiver;

beforeAll(async () => {
  receiver = await Receiver.open();
});
afterAll(() => receiver.close());
const room = useRoom({ settings: { ALLOW_LOOPBACK_EGRESS: 'true' } });

const enter = (path: string, options?: BrowserContextOptions, key?: string): Promise<Page> => room.enterConsole(`/console/${path}`, options, key);

const row = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text });
const toast = (page: Page, text: string) => page.locator('.toast').filter({ hasText: text });

describe('keys', () => {
  test('a key is made, shown once, used, given a new secret, and revoked', async () => {
    const page = await enter('keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('The website');
    await page.getByRole('spinbutton', { name: 'Messages per minute' }).fill('7');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const shown = page.getByRole('textbox', { name: 'API key' });
    const first = await shown.inputValue();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await expect(shown).toBeHidden();
    await expect(row(page, 'The website')).toContainText(first.slice(0, 11));
    check(await page.content()).not.toContain(first);
    check((await room.call('POST', '/api/v1/messages', { content: '/echo hi' }, first)).status).toBe(202);

    await page.getByRole('button', { name: 'Rotate The website' }).click();
    await page.getByRole('spinbutton', { name: /Minutes/ }).fill('0');
    await page.getByRole('button', { name: 'Rotate', exact: true }).click();
    const second = await shown.inputValue();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    check((await room.call('POST', '/api/v1/messages', { content: '/echo hi' }, first)).status).toBe(401);
    check((await room.call('POST', '/api/v1/messages', { content: '/echo hi' }, second)).status).toBe(202);

    await page.getByRole('button', { name: 'Revoke The website' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    check((await room.call('POST', '/api/v1/messages', { content: '/echo hi' }, second)).status).toBe(202);
    await page.getByRole('button', { name: 'Revoke The website' }).click();
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await expect(toast(page, 'The key is revoked')).toBeVisible();
    await expect(row(page, 'The website')).toBeHidden();
    check((await room.call('POST', '/api/v1/messages', { content: '/echo hi' }, second)).status).toBe(401);
  });

  test('a refusal is told in the form, which stays as it was filled in', async () => {
    const page = await enter('keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('No scope');
    await page.getByRole('checkbox', { name: /^messages/ }).uncheck();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('No scope');
  });
});

describe('tenants', () => {
  test('one is made, and its members are let in, given another role, and taken away', async () => {
    const page = await enter('tenants');
    await page.getByRole('button', { name: 'New tenant' }).click();
    await page.getByRole('textbox', { name: 'Id', exact: true }).fill('acme');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Acme');
    await page.getByRole('spinbutton', { name: 'Tokens per day', exact: true }).fill('5000');
    await page.getByRole('button', { name: 'Make the tenant' }).click();
    await expect(row(page, 'Acme')).toContainText('Tokens per day 5,000');
    await page.getByRole('link', { name: 'Acme' }).click();
    await page.getByRole('button', { name: 'Add a member' }).click();
    await page.getByRole('textbox', { name: 'Address' }).fill('ada@example.com');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const role = page.getByRole('combobox', { name: 'Role of ada@example.com' });
    await expect(role).toHaveValue('viewer');
    await role.focus();
    await role.selectOption('operator');
    await expect(toast(page, 'The role is changed')).toBeVisible();
    await expect(role).toHaveValue('operator');
    await expect(role).toBeFocused();
    await page.getByRole('button', { name: 'Take away ada@example.com' }).click();
    await page.getByRole('button', { name: 'Take away', exact: true }).click();
    await expect(role).toHaveCount(0);
  });
});

describe('issuers', () => {
  test('one that the gateway does not take is told in the form', async () => {
    const page = await enter('tenants/default');
    await page.getByRole('button', { name: 'Add an issuer' }).click();
    await page.getByRole('textbox', { name: 'Issuer', exact: true }).fill('https://login.example.com');
    await page.getByRole('textbox', { name: 'Audience' }).fill(' ');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Issuer', exact: true })).toHaveValue('https://login.example.com');
  });
});

describe('dead letters', () => {
  test('are sent again, several at once', async () => {
    receiver.replies.push({ status: 410 }, { status: 410 });
    for (const name of ['one', 'two']) await room.call('POST', '/api/v1/channels/callback/send', { to: receiver.url(`/${name}`), content: name });
    const page = await enter('dead-letters');
    await expect(row(page, '/one')).toBeVisible();
    await expect(row(page, '/two')).toBeVisible();
    await page.setViewportSize({ width: 390, height: 780 });
    const [mark, title] = [row(page, '/one').getByRole('checkbox'), row(page, '/one').getByText('/one')];
    const [box, text] = [await mark.boundingBox(), await title.boundingBox()];
    check((box?.y ?? 0) + (box?.height ?? 0)).toBeGreaterThan(text?.y ?? Infinity);
    check((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(text?.x ?? 0);
    await page.setViewportSize({ width: 1280, height: 800 });
    const before = receiver.calls.length;
    await page.getByRole('table', { name: 'Dead letters' }).focus();
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('checkbox').first()).toBeFocused();
    await page.getByRole('button', { name: /Choose all 2/ }).click();
    await page.getByRole('button', { name: 'Send 2 again' }).click();
    await page.getByRole('button', { name: 'Send again', exact: true }).click();
    await expect(toast(page, '2 sent again')).toBeVisible();
    await expect(page.getByText('No dead letter.')).toBeVisible();
    await receiver.called(before + 2);
  });
});

describe('channels', () => {
  test('one is stopped and started with the keyboard alone; a message goes out through another', async () => {
    const page = await enter('channels');
    await expect(row(page, 'websocket')).toContainText('running');
    await tabTo(page, /^Stop websocket$/);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'Stop it' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(row(page, 'websocket')).toContainText('stopped');
    await tabTo(page, /^Start websocket$/);
    await page.keyboard.press('Enter');
    await expect(row(page, 'websocket')).toContainText('running');
    const before = receiver.calls.length;
    await page.getByRole('button', { name: 'Send through callback' }).click();
    await page.getByRole('textbox', { name: 'To' }).fill(receiver.url('/hello'));
    await page.getByRole('textbox', { name: 'Message' }).fill('From the console');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    check((await receiver.called(before + 1))[before]?.body).toContain('From the console');
  });
});

describe('audit', () => {
  test('shows what was changed, is found by what and who, and verifies', async () => {
    const { id } = CreatedApiKeySchema.parse(await (await room.call('POST', '/api/v1/keys', { name: 'before', scopes: ['messages'] })).json());
    await room.call('PATCH', `/api/v1/keys/${id}`, { name: 'after' });
    const page = await enter('audit');
    await page.getByRole('searchbox', { name: /^Action/ }).fill('key.update');
    await row(page, id.slice(-8)).getByRole('button', { name: 'key.update' }).click();
    await expect(page.getByRole('dialog')).toBeFocused();
    const change = page.getByRole('row', { name: /^name/ });
    await expect(change.getByRole('cell').first()).toHaveText('before');
    await expect(change.getByRole('cell').last()).toHaveText('after');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Verify the log' }).click();
    await expect(page.getByText('as it was written', { exact: true })).toBeVisible();
    await page.keyboard.press('Escape');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export' }).click();
    check((await download).suggestedFilename()).toBe('audit.ndjson');
  });
});

describe('the pages of operators', () => {
  test('tell of usage, health and settings, and never a secret', async () => {
    const page = await enter('usage');
    await room.call('POST', '/api/v1/messages', { content: '/echo hi' });
    await expect(page.getByRole('row').filter({ hasText: 'concierge · local/concierge' })).toBeVisible();
    await page.goto('/console/health');
    await expect(page.getByText('database')).toBeVisible();
    await page.goto('/console/settings');
    await page.getByRole('searchbox', { name: 'Search settings' }).fill('ADMIN_API');
    await expect(page.getByText('••••••••')).toBeVisible();
    check(await page.content()).not.toContain(ADMIN_KEY);
  });

  test('are shown as far as a key may, and no further', async () => {
    const { key } = CreatedApiKeySchema.parse(await (await room.call('POST', '/api/v1/keys', { name: 'eyes', scopes: ['control:read', 'messages', 'sessions:read'] })).json());
    const page = await enter('channels', {}, key);
    await expect(row(page, 'websocket')).toBeVisible();
    await expect(page.getByRole('button', { name: /^Stop/ })).toBeHidden();
    const links = page.getByRole('navigation').getByRole('link');
    await expect(links.filter({ hasText: 'Agents' })).toBeVisible();
    for (const hidden of ['Keys', 'Tenants', 'Audit', 'Settings']) await expect(links.filter({ hasText: hidden })).toHaveCount(0);
    await page.goto('/console/keys');
    await expect(page.getByRole('button', { name: 'New key' })).toHaveCount(0);
  });

  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', PHONE],
  ] as const)('are free of serious faults of access, and no wider than the screen: %s', { timeout: 180_000 }, async (_how, options) => {
    const found: string[] = [];
    const page = await enter('agents', { bypassCSP: true, ...options });
    for (const path of PAGES) {
      await page.goto(`/console/${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect(page.locator('.waiting')).toHaveCount(0);
      for (const fault of await seriousFaults(page)) found.push(`${path}: ${fault}`);
      if ((await widthBeyondScreen(page)) !== 0) found.push(`${path}: wider than the screen`);
    }
    check(found).toEqual([]);
  });

  test('do nothing with script that stands in names', async () => {
    await room.call('POST', '/api/v1/keys', { name: EVIL, scopes: ['messages'] });
    await room.call('POST', '/api/v1/tenants', { id: 'evil', name: EVIL });
    await room.call('POST', '/api/v1/control-plane/agents', { name: EVIL, model: 'local/concierge', instructions: EVIL });
    const page = await enter('keys');
    for (const path of ['keys', 'tenants', 'agents', 'audit', `agents/${encodeURIComponent(EVIL)}`, 'health']) {
      await page.goto(`/console/${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect(page.locator('.waiting')).toHaveCount(0);
      await expect(page).toHaveTitle(/ · Parley$/);
      check(await page.locator('main img').count()).toBe(0);
      check(await page.locator('main script').count()).toBe(0);
    }
    await page.goto('/console/keys');
    await expect(row(page, '<img src=x')).toContainText('U+202E');
  });
});
