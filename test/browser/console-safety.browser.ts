import { gzipSync } from 'node:zlib';
import type { Page, Response } from '@playwright/test';
import { describe, test, expect as check } from 'vitest';
import { CreatedApiKeySchema, TicketSchema } from '#libs/contracts';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { expect } from './support/expect.js';
import { useRoom } from './support/room.js';

const SCRIPT = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
/** Short enough for a list to show it whole. */
const SCRIPT_AS_ID = '<img src=x onerror=a()>';
const FIRST_VIEW_BYTES = 250 * 1024;
const LOADS = 5;

const room = useRoom();

async function call(method: string, path: string, body?: object, credential = ADMIN_KEY): Promise<unknown> {
  const response = await fetch(room.gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${credential}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

/** Every field that takes a name holds a script: a session's title and metadata, a key, a user, a message, a skill, an answer. */
async function fillWithScripts(page: Page): Promise<string> {
  await call('POST', '/api/v1/keys', { name: SCRIPT, scopes: ['messages', 'tickets'] }).then((made) => CreatedApiKeySchema.parse(made));
  const id = await room.makePaced(page, SCRIPT);
  await call('PATCH', `/api/v1/sessions/${id}`, { metadata: { [SCRIPT.slice(0, 60)]: SCRIPT } });
  await call('POST', '/api/v1/messages', { sessionId: id, content: SCRIPT });
  room.agent.tell({ type: 'tool-called', callId: 'c', skill: SCRIPT, input: { html: SCRIPT } });
  room.agent.tell({ type: 'tool-finished', callId: 'c', outcome: 'ok', output: SCRIPT });
  room.agent.say(SCRIPT);
  room.agent.fail('provider_error', SCRIPT);
  return id;
}

/** A user whose id is a script is connected while this lasts. */
async function connectAs(userId: string): Promise<WebSocket> {
  const { ticket } = TicketSchema.parse(await call('POST', '/api/v1/tickets', { userId }));
  const socket = new WebSocket(`${room.gateway.url.replace('http', 'ws')}/ws?ticket=${encodeURIComponent(ticket)}`);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  return socket;
}

describe('what comes from outside', () => {
  test('does nothing when every name is a script', { timeout: 180_000 }, async () => {
    const page = await room.enterConsole('/console/sessions');
    const id = await fillWithScripts(page);
    const socket = await connectAs(SCRIPT_AS_ID);
    socket.send(SCRIPT);
    const menu: unknown = await page.evaluate("[...document.querySelectorAll('.console-side .console-nav a[href^=\"/console\"]')].map((link) => link.getAttribute('href'))");
    const paths = Array.isArray(menu) ? menu.map(String) : [];
    for (const path of [...paths, `/console/sessions/${id}`]) {
      await page.goto(path);
      await page.locator('#page h1').waitFor();
      await page.waitForLoadState('networkidle');
      check(await page.title(), path).not.toBe('owned');
      check(await page.locator('main img, main script, nav img, nav script').count(), path).toBe(0);
    }
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(SCRIPT);
    await expect(page.locator('.session-facts')).toContainText(SCRIPT);
    await page.getByRole('link', { name: 'Its life' }).click();
    await expect(page.getByRole('list', { name: 'Steps' })).toContainText(SCRIPT);
    await page.goto('/console/connections');
    await expect(page.locator('.table-row').filter({ hasText: SCRIPT_AS_ID })).toHaveCount(1);
    await expect(page).toHaveTitle('Connections · Parley');
    socket.close();
  });

  test('cannot turn the direction of a list, or of the title of the window', async () => {
    const page = await room.enterConsole('/console/sessions');
    const id = await room.makePaced(page, 'safe \u202Eevil\u202C');
    await page.reload();
    await expect(page.getByRole('link', { name: 'safe ⟨U+202E⟩evil⟨U+202C⟩' })).toBeVisible();
    await page.goto(`/console/sessions/${id}`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('safe ⟨U+202E⟩evil⟨U+202C⟩');
    await expect(page).toHaveTitle('safe ⟨U+202E⟩evil⟨U+202C⟩ · Parley');
  });
});

describe('the console', () => {
  test('weighs at most 250 KiB at the first view, and no page more than that', { timeout: 180_000 }, async () => {
    const page = await room.enterConsole();
    const cold = await page.context().newPage();
    const session = await page.context().newCDPSession(cold);
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    const weigh = async (response: Response): Promise<number> => {
      const body = await response.body();
      return response.headers()['content-encoding'] === 'gzip' ? gzipSync(body, { level: 9 }).length : body.length;
    };
    let answers: Response[] = [];
    cold.on('response', (response) => {
      if (/\/(assets\/|console)/.test(new URL(response.url()).pathname)) answers.push(response);
    });
    const menu: unknown = await page.evaluate("[...document.querySelectorAll('.console-side .console-nav a[href^=\"/console\"]')].map((link) => link.getAttribute('href'))");
    for (const path of Array.isArray(menu) ? menu.map(String) : []) {
      answers = [];
      await cold.goto(path, { waitUntil: 'networkidle' });
      await cold.locator('#page h1').waitFor();
      const bytes = (await Promise.all(answers.map(weigh))).reduce((sum, one) => sum + one, 0);
      check(bytes, path).toBeGreaterThan(50_000);
      check(bytes, path).toBeLessThanOrEqual(FIRST_VIEW_BYTES);
      if (path === '/console') console.log(`the first view of the console weighs ${Math.round(bytes / 1024)} KiB`);
    }
  });

  test('can be used and is live each time it is loaded with nothing kept in the browser; says after how long', async () => {
    const page = await room.visit();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.addInitScript({
      content: `new MutationObserver((_changes, observer) => {
        if (document.querySelector('#page h1') === null || document.querySelector('.live[data-state=open]') === null) return;
        window.usableAfter = performance.now();
        observer.disconnect();
      }).observe(document, { childList: true, subtree: true, attributes: true });`,
    });
    await page.request.post('/auth/api-key', { data: { apiKey: ADMIN_KEY }, headers: { origin: room.wire.url } });
    const times: number[] = [];
    for (let time = 0; time < LOADS; time += 1) {
      await page.goto('/console');
      await page.locator('.live[data-state=open]').first().waitFor();
      times.push(Number(await page.evaluate('window.usableAfter')));
    }
    console.log(`usable and live after ${times.map((one) => Math.round(one)).join(', ')} ms`);
    check(times.every((one) => one > 0)).toBe(true);
  });

  test('comes with the strict policy at each of its addresses', async () => {
    for (const path of ['/console', '/console/sessions', '/console/sessions/01a20201-b55b-7002-93f1-b58de5b46385']) {
      const response = await fetch(room.gateway.url + path);
      check(response.status).toBe(200);
      const policy = response.headers.get('content-security-policy') ?? '';
      for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "trusted-types 'none'", "frame-ancestors 'none'"]) check(policy).toContain(rule);
      check(policy).not.toContain('unsafe');
    }
  });
});
