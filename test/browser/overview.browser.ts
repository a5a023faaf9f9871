import type { Page } from '@playwright/test';
import { describe, test, expect as check } from 'vitest';
import { CreatedApiKeySchema, MessageSchema } from '#libs/contracts';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { signInAt } from './support/chromium.js';
import { expect } from './support/expect.js';
import { useRoom } from './support/room.js';

const room = useRoom();

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

describe('the overview', () => {
  test('is a guide while nobody has said anything, and figures that move from the first message on', async () => {
    await room.call('POST', '/api/v1/tenants', { id: 'fresh', name: 'Fresh' });
    const made = await room.call('POST', '/api/v1/tenants/fresh/keys', { name: 'first', scopes: ['admin'] });
    const { key } = CreatedApiKeySchema.parse(await made.json());
    const page = await room.enterConsole('/console', {}, key);
    await expect(page.getByRole('heading', { name: 'Nobody has said anything yet' })).toBeVisible();
    await expect(page.getByText('AGENT_MODEL=')).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible();
    await room.post('/echo one', {}, key);
    await room.post('/echo two', {}, key);
    await expect(page.getByRole('region', { name: 'Turns per second' })).toContainText('2 completed');
    await expect(page.getByRole('img', { name: /^Turns per second: completed/ })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Time to first text' })).toContainText(/95 of 100 within \d/);
    await expect(page.getByRole('region', { name: 'Connections' })).toContainText('socketio');
    await page.getByRole('navigation').getByRole('link', { name: 'First steps' }).click();
    await expect(heading(page, 'First steps')).toBeVisible();
    await expect(page.getByText('AGENT_MODEL=')).toBeVisible();
  });

  test('tells a failed turn as it happens, with the way to its session', async () => {
    const page = await room.enterConsole();
    const id = await room.makePaced(page, 'It will fail');
    room.agent.fail('provider_error', 'The provider hung up.');
    await room.post('fail', { sessionId: id });
    const told = page.getByRole('listitem').filter({ hasText: 'turn failed' }).first();
    await expect(told).toContainText('provider_error');
    await expect(page.getByRole('region', { name: 'Failures today' })).toContainText(/Reasons (since the gateway started|today):\s*provider_error 1/);
    await told.getByRole('link', { name: 'Session' }).click();
    await expect(heading(page, 'It will fail')).toBeVisible();
  });

  test('tells what happened while one looked at another page, too', async () => {
    const page = await room.enterConsole();
    const id = await room.makePaced(page, 'Fails again and again');
    const told = (code: string) => page.getByRole('listitem').filter({ hasText: 'turn failed' }).filter({ hasText: code });
    const fail = async (code: 'timeout' | 'content_blocked' | 'provider_auth'): Promise<void> => {
      room.agent.fail(code, 'It failed.');
      const { messageId } = await room.post('fail', { sessionId: id });
      await check.poll(async () => MessageSchema.parse(await (await room.call('GET', `/api/v1/messages/${messageId}`)).json()).status).toBe('failed');
    };
    await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible();
    await fail('timeout');
    await expect(told('timeout')).toHaveCount(1);
    await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click();
    await expect(heading(page, 'Sessions')).toBeVisible();
    await fail('content_blocked');
    await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
    await expect(told('content_blocked')).toHaveCount(1);
    room.wire.cut();
    await expect(page.getByRole('status').filter({ hasText: 'Cut off' })).toBeVisible();
    room.agent.fail('provider_auth', 'It failed.');
    await room.post('fail', { sessionId: id });
    room.wire.mend();
    await expect(told('provider_auth')).toHaveCount(1);
    await expect(told('timeout')).toHaveCount(1);
    room.agent.finish();
    await room.post('well again', { sessionId: id });
  });

  test('names what needs attention, and leads there', async () => {
    const page = await room.enterConsole();
    await page.request.post('/api/v1/channels/websocket/stop', { headers: { origin: room.wire.url } });
    const concern = page.getByRole('list', { name: 'Needs attention' }).getByRole('listitem').filter({ hasText: 'Stopped: websocket' });
    await expect(concern).toBeVisible();
    await concern.getByRole('link').click();
    await expect(heading(page, 'Channels')).toBeVisible();
    await page.request.post('/api/v1/channels/websocket/start', { headers: { origin: room.wire.url } });
    await page.getByRole('link', { name: 'Overview' }).click();
    await expect(page.getByText('Nothing needs attention.')).toBeVisible();
  });
});

describe('watching', () => {
  test('ends while nobody sees the page, and begins again with it', async () => {
    const page = await room.visit();
    const sent: string[] = [];
    const heard: string[] = [];
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => sent.push(String(payload)));
      socket.on('framereceived', ({ payload }) => heard.push(String(payload)));
    });
    await signInAt(page, '/console', ADMIN_KEY);
    const count = (frames: readonly string[], name: string) => frames.filter((frame) => frame.includes(`"${name}"`)).length;
    const see = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} }); document.dispatchEvent(new Event('visibilitychange'))`);
    await check.poll(() => count(heard, 'summary-updated')).toBeGreaterThan(1);
    check(count(sent, 'watch-gateway')).toBeGreaterThan(0);
    await see(true);
    await check.poll(() => count(sent, 'unwatch-gateway')).toBe(1);
    const watched = count(sent, 'watch-gateway');
    const before = count(heard, 'summary-updated');
    await see(false);
    await check.poll(() => count(sent, 'watch-gateway')).toBe(watched + 1);
    await check.poll(() => count(heard, 'summary-updated')).toBeGreaterThan(before + 1);
  });
});

describe('a bad wire', () => {
  test('is told, and mended without losing the place', async () => {
    const page = await room.enterConsole();
    const live = page.getByRole('status').filter({ hasText: 'Live' });
    await expect(live).toBeVisible();
    await room.post('/echo before the cut');
    await expect(page.getByRole('region', { name: 'Turns per second' })).toBeVisible();
    room.wire.cut();
    await expect(page.getByRole('status').filter({ hasText: 'Cut off' })).toBeVisible();
    room.wire.mend();
    await expect(live).toBeVisible();
    const before = await page.getByRole('region', { name: 'Turns per second' }).textContent();
    await room.post('/echo after the cut');
    await expect(page.getByRole('region', { name: 'Turns per second' })).not.toHaveText(before ?? '');
  });
});
