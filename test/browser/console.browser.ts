import type { Page } from '@playwright/test';
import { io } from 'socket.io-client';
import { describe, test, expect as check } from 'vitest';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { expect } from './support/expect.js';
import { say, useRoom } from './support/room.js';

const room = useRoom();

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

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
    const guest = await room.makeKey('guest', ['messages']);
    const { sessionId } = await room.post('/echo first', {}, guest);
    const page = await room.enterConsole(`/console/sessions/${sessionId}`);
    await expect(page.locator('.answer-text')).toHaveText('first');
    await page.request.patch(`/api/v1/sessions/${sessionId}`, { data: { agent: 'paced', title: 'A guest' }, headers: { origin: room.wire.url } });
    await room.post('tell me', { sessionId }, guest);
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

describe('a session that could not be read', () => {
  test('is not said to be empty, and is tried again', async () => {
    const page = await room.enterConsole('/console/sessions');
    const id = await room.makePaced(page, 'There after all');
    const address = `**/api/v1/sessions/${id}`;
    await page.route(address, (route) => route.abort('connectionrefused'));
    await page.goto(`/console/sessions/${id}`);
    await expect(page.getByRole('alert')).toContainText('The gateway does not answer');
    await expect(page.getByText('Nothing was said in this session.')).toHaveCount(0);
    await page.unroute(address);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(heading(page, 'There after all')).toBeVisible();
    await expect(page.getByText('Nothing was said in this session.')).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
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
    const { messageId } = await room.post('Why?', { sessionId: id });
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
    const first = await room.post('first', { sessionId: id });
    room.agent.say('running');
    await room.post('second', { sessionId: id });
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

  test('leads to the agent of a turn', async () => {
    const page = await room.enterConsole('/console/queue');
    const id = await room.makePaced(page, 'Slow');
    await room.post('wait', { sessionId: id });
    await page.getByRole('table', { name: 'Queue' }).getByRole('link', { name: 'paced' }).click();
    await expect(heading(page, 'paced')).toBeVisible();
    await expect(page.getByRole('spinbutton', { name: 'Turns at once' })).toBeVisible();
  });

  test('a connection is cut after a second yes, and is told why', async () => {
    const guest = await room.makeKey('to be cut', ['messages']);
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
    const viewer = await room.makeKey('viewer', ['messages', 'sessions:read', 'control:read', 'metrics']);
    const { sessionId } = await room.post('/echo not yours');
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
    const guest = await room.makeKey('talks', ['messages']);
    await room.post('/echo of somebody else');
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
