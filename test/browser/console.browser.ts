import type { Page } from '@playwright/test';
import { io } from 'socket.io-client';
import { describe, test, expect as check } from 'vitest';
import { AcceptedSchema, CreatedApiKeySchema, type Accepted } from '#libs/contracts';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { signInAt } from './support/chromium.js';
import { expect } from './support/expect.js';
import { say, useRoom } from './support/room.js';

const room = useRoom();

/** Somebody else says something, over HTTP. */
async function post(content: string, more: object = {}, key = ADMIN_KEY): Promise<Accepted> {
  const response = await fetch(`${room.gateway.url}/api/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ content, ...more }),
  });
  return AcceptedSchema.parse(await response.json());
}

async function makeKey(name: string, scopes: readonly string[]): Promise<string> {
  const response = await fetch(`${room.gateway.url}/api/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, scopes }),
  });
  return CreatedApiKeySchema.parse(await response.json()).key;
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

describe('the overview', () => {
  test('is a guide while nobody has said anything, and figures that move from the first message on', async () => {
    const page = await room.enterConsole();
    await expect(page.getByRole('heading', { name: 'Nobody has said anything yet' })).toBeVisible();
    await expect(page.getByText('AGENT_MODEL=')).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible();
    await post('/echo one');
    await post('/echo two');
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
    await post('fail', { sessionId: id });
    const told = page.getByRole('listitem').filter({ hasText: 'turn failed' }).first();
    await expect(told).toContainText('provider_error');
    await expect(page.getByRole('region', { name: 'Failures today' })).toContainText(/Reasons (since the gateway started|today):\s*provider_error 1/);
    await told.getByRole('link', { name: 'Session' }).click();
    await expect(heading(page, 'It will fail')).toBeVisible();
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

describe('sessions', () => {
  test('are found by their title; what is searched for is in the address and stays there', async () => {
    const page = await room.enterConsole('/console/sessions');
    await room.makePaced(page, 'Apples and pears');
    await room.makePaced(page, 'Bread');
    await page.reload();
    await page.getByRole('searchbox', { name: 'Search titles' }).fill('pears');
    await expect(page.getByRole('link', { name: 'Bread' })).toHaveCount(0);
    await expect(page.getByRole('link', { name: 'Apples and pears' })).toBeVisible();
    await expect(page).toHaveURL(/\/console\/sessions\?q=pears$/);
    await page.reload();
    await expect(page.getByRole('link', { name: 'Apples and pears' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Bread' })).toHaveCount(0);
    await page.getByRole('searchbox', { name: 'Search titles' }).fill('nothing is called so');
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect(page.getByRole('link', { name: 'Bread' })).toBeVisible();
    const owner = page.getByRole('combobox', { name: 'Owner' });
    await owner.fill('nobody');
    await expect(page.getByText('No session fits.')).toBeVisible();
    await expect(page).toHaveURL(/\/console\/sessions\?owner=user%3Anobody$/);
    await owner.fill('operator admin');
    await expect(page.getByRole('link', { name: 'Bread' })).toBeVisible();
    await owner.fill('');
    await expect(page).toHaveURL(/\/console\/sessions$/);
    await page.getByRole('combobox', { name: 'Agent' }).selectOption('concierge');
    await expect(page.getByRole('link', { name: 'Bread' })).toHaveCount(0);
  });

  test('one of somebody else is followed, written in as operator, stopped and ended', async () => {
    const guest = await makeKey('guest', ['messages']);
    const { sessionId } = await post('/echo first', {}, guest);
    const page = await room.enterConsole(`/console/sessions/${sessionId}`);
    await expect(page.locator('.answer-text')).toHaveText('first');
    await page.request.patch(`/api/v1/sessions/${sessionId}`, { data: { agent: 'paced', title: 'A guest' }, headers: { origin: room.wire.url } });
    await post('tell me', { sessionId }, guest);
    room.agent.say('Once upon');
    await expect(page.locator('.answer-text.streaming')).toHaveText('Once upon');
    room.agent.say(' a time');
    await expect(page.locator('.answer-text.streaming')).toHaveText('Once upon a time');
    await expect(page.getByRole('region', { name: 'Who listens' })).toContainText('operator admin');
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.locator('.turn').last()).toHaveAttribute('data-state', 'cancelled');

    await say(page, 'This is the operator');
    room.agent.say('Understood.');
    room.agent.finish();
    await expect(page.locator('.turn').last()).toHaveAttribute('data-state', 'completed');
    await expect(page.locator('.turn').last()).toContainText('operator admin to paced');

    await page.locator('#page').getByRole('button', { name: 'End session' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Keep it' }).click();
    await expect(page.locator('.turn').last()).toContainText('Understood.');
    await page.locator('#page').getByRole('button', { name: 'End session' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End session' }).click();
    await expect(heading(page, 'Sessions')).toBeVisible();
    check((await page.request.get(`/api/v1/sessions/${sessionId}`)).status()).toBe(404);
  });

  test('one that does not exist is told as such', async () => {
    const page = await room.enterConsole('/console/sessions/01a20201-b55b-7002-93f1-b58de5b46385');
    await expect(page.getByRole('alert')).toContainText(/no such session|not found|does not exist/i);
  });
});

describe('the playground', () => {
  test('leads to the console, and the console back', async () => {
    const page = await room.enter();
    await page.getByRole('link', { name: 'Console' }).click();
    await expect(heading(page, 'Overview')).toBeVisible();
    await page.getByRole('navigation').getByRole('link', { name: 'Playground' }).click();
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible();
  });
});

describe('the life of a message', () => {
  test('shows each step while it happens, and what came of it', async () => {
    const page = await room.enterConsole('/console/sessions');
    const id = await room.makePaced(page, 'A life');
    const { messageId } = await post('Why?', { sessionId: id });
    room.agent.tell({ type: 'tool-called', callId: 'one', skill: 'docs', input: { query: 'why' } });
    await page.goto(`/console/sessions/${id}`);
    await page.getByRole('link', { name: 'Its life' }).click();
    await expect(page).toHaveURL(new RegExp(`/console/messages/${messageId}$`));
    const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
    await expect(steps.filter({ hasText: 'Accepted' })).toContainText('by http');
    await expect(steps.filter({ hasText: 'Skill called' })).toContainText('docs');
    await expect(steps.last()).toContainText('The skill is at work');
    await expect(steps.last()).toContainText(/\+[\d.]{1,4} s$/);
    await expect(page.getByText('So far')).toBeVisible();
    room.agent.tell({ type: 'tool-finished', callId: 'one', outcome: 'ok', output: 'because' });
    room.agent.say('Because.');
    room.agent.finish();
    await expect(steps.last()).toContainText('Completed');
    await expect(page.getByRole('region', { name: 'What was answered' })).toContainText('Because.');
    await page.getByRole('link', { name: 'Its session' }).click();
    await expect(heading(page, 'A life')).toBeVisible();
  });
});

describe('queue and connections', () => {
  test('a turn that runs is in the queue and is stopped from there', async () => {
    const page = await room.enterConsole('/console/sessions');
    const id = await room.makePaced(page, 'Queue me');
    const first = await post('first', { sessionId: id });
    room.agent.say('running');
    await post('second', { sessionId: id });
    await page.getByRole('link', { name: /^Queue/ }).click();
    const rows = page.getByRole('table', { name: 'Queue' }).locator('.table-row');
    await expect(rows).toHaveCount(2);
    await expect(rows.first()).toContainText('running');
    await expect(rows.last()).toContainText('queued');
    await rows.first().getByRole('button', { name: /^Stop/ }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop it' }).click();
    await expect(page.getByText('The turn is stopped')).toBeVisible();
    await expect(rows).toHaveCount(1);
    room.agent.say('and on');
    room.agent.finish();
    await expect(page.getByText('No turn waits and none runs.')).toBeVisible();
    const told: { status: string } = await (await page.request.get(`/api/v1/messages/${first.messageId}`)).json();
    check(told.status).toBe('cancelled');
  });

  test('a connection is cut after a second yes, and is told why', async () => {
    const guest = await makeKey('to be cut', ['messages']);
    const socket = io(room.gateway.url, { auth: { apiKey: guest }, transports: ['websocket'], reconnection: false });
    const closing = new Promise<{ error: { code: string } }>((resolve) => socket.once('connection-closing', resolve));
    const gone = new Promise((resolve) => socket.once('disconnect', resolve));
    const page = await room.enterConsole('/console/connections');
    const row = page.locator('.table-row').filter({ hasText: /^key / });
    await expect(row).toHaveCount(1);
    await row.getByRole('button', { name: /^Cut/ }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cut' }).click();
    await expect(row).toHaveCount(0);
    check((await closing).error.code).toBe('permission_denied');
    await gone;
  });
});

describe('who may less', () => {
  test('a viewer reads, and finds no button that would be refused', async () => {
    const viewer = await makeKey('viewer', ['messages', 'sessions:read', 'control:read', 'metrics']);
    const { sessionId } = await post('/echo not yours');
    const page = await room.enterConsole(`/console/sessions/${sessionId}`, {}, viewer);
    await expect(page.locator('.answer-text')).toHaveText('not yours');
    await expect(page.getByRole('textbox', { name: 'Message' })).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'End session' })).toHaveCount(0);
    await page.getByRole('link', { name: 'Connections' }).click();
    await expect(page.locator('.table-row').first()).toBeVisible();
    await expect(page.getByRole('button', { name: /^Cut/ })).toHaveCount(0);
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Keys' })).toHaveCount(0);
    await page.goto('/console/keys');
    await expect(heading(page, 'There is no such page')).toBeVisible();
  });

  test('who may only talk gets their own sessions', async () => {
    const guest = await makeKey('talks', ['messages']);
    await post('/echo of somebody else');
    const page = await room.enterConsole('/console', {}, guest);
    await expect(heading(page, 'Sessions')).toBeVisible();
    await room.makePaced(page, 'Mine');
    await page.reload();
    await expect(page.locator('.table-row')).toHaveCount(1);
    await page.getByRole('link', { name: 'Mine' }).click();
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Overview' })).toHaveCount(0);
  });

  test('a sign-in that ends elsewhere brings back the door, and the page after it', async () => {
    const page = await room.enterConsole('/console/sessions?q=one');
    await page.request.post('/auth/logout', { headers: { origin: room.wire.url } });
    await expect(page.getByRole('alert')).toContainText('You are signed out');
    await page.getByRole('textbox', { name: 'API key' }).fill(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await expect(heading(page, 'Sessions')).toBeVisible();
    await expect(page.getByRole('searchbox')).toHaveValue('one');
  });
});

describe('a bad wire', () => {
  test('is told, and mended without losing the place', async () => {
    const page = await room.enterConsole();
    const live = page.getByRole('status').filter({ hasText: 'Live' });
    await expect(live).toBeVisible();
    await post('/echo before the cut');
    await expect(page.getByRole('region', { name: 'Turns per second' })).toBeVisible();
    room.wire.cut();
    await expect(page.getByRole('status').filter({ hasText: 'Cut off' })).toBeVisible();
    room.wire.mend();
    await expect(live).toBeVisible();
    const before = await page.getByRole('region', { name: 'Turns per second' }).textContent();
    await post('/echo after the cut');
    await expect(page.getByRole('region', { name: 'Turns per second' })).not.toHaveText(before ?? '');
  });
});
