import { gzipSync } from 'node:zlib';
import { describe, test, expect as check } from 'vitest';
import { expect } from './support/expect.js';
import { say, useRoom } from './support/room.js';

const SCRIPT = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
const FIRST_VIEW_BYTES = 250 * 1024;

const room = useRoom();

describe('what comes from outside', () => {
  test('does nothing when it is a script in a title, a message, an answer or a skill', async () => {
    const page = await room.enter();
    await room.openPaced(page, SCRIPT);
    await say(page, SCRIPT);
    room.agent.tell({ type: 'tool-called', callId: 'c', skill: SCRIPT, input: { html: SCRIPT } });
    room.agent.tell({ type: 'tool-finished', callId: 'c', outcome: 'ok', output: SCRIPT });
    room.agent.say(`${SCRIPT}\n[click](javascript:alert(1)) https://example.com/`);
    room.agent.finish();
    await page.locator('.turn[data-state=completed]').waitFor();
    await page.locator('details.tool summary').click();
    await page.reload();
    await page.locator('.turn[data-state=completed]').waitFor();
    await expect(page).toHaveTitle(`${SCRIPT} · Parley`);
    check(await page.locator('main img, main script, main a, nav img, nav script').count()).toBe(0);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(SCRIPT);
    await expect(page.locator('.answer-text')).toContainText(SCRIPT);
  });

  test('cannot turn the direction of the page or hide its control characters', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'show me');
    room.agent.say('safe \u202Eevil\u202C \u0007bell \u001b[31mred');
    room.agent.finish();
    await page.locator('.turn[data-state=completed]').waitFor();
    await expect(page.locator('.answer-text')).toHaveText('safe ⟨U+202E⟩evil⟨U+202C⟩ ␇bell ␛[31mred');
  });
});

describe('the pages', () => {
  test('weigh at most 250 KiB as they come over the wire', async () => {
    const page = await room.visit();
    let bytes = 0;
    page.on('response', async (response) => {
      const body = await response.body();
      const gzipped = response.headers()['content-encoding'] === 'gzip';
      bytes += gzipped ? gzipSync(body, { level: 9 }).length : body.length;
    });
    await page.goto('/playground', { waitUntil: 'networkidle' });
    check(bytes).toBeGreaterThan(10_000);
    check(bytes).toBeLessThanOrEqual(FIRST_VIEW_BYTES);
  });

  test('come with a policy that allows nothing foreign and nothing inline', async () => {
    const response = await fetch(`${room.gateway.url}/playground`);
    check(response.status).toBe(200);
    check(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
      check(policy).toContain(rule);
    }
    check(policy).not.toContain('unsafe');
    check(response.headers.get('x-content-type-options')).toBe('nosniff');
    check(response.headers.get('referrer-policy')).toBe('no-referrer');
    const html = await response.text();
    check(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|<style|\son\w+=|\sstyle=/);
  });

  test('are asked for again by tag, and their assets never', async () => {
    const first = await fetch(`${room.gateway.url}/playground`);
    const html = await first.text();
    check(first.headers.get('cache-control')).toBe('no-cache');
    const again = await fetch(`${room.gateway.url}/playground`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    check(again.status).toBe(304);
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
    const asset = await fetch(room.gateway.url + script, { headers: { 'accept-encoding': 'gzip' } });
    check(asset.status).toBe(200);
    check(asset.headers.get('content-encoding')).toBe('gzip');
    check(asset.headers.get('cache-control')).toContain('immutable');
    check(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const plain = await fetch(room.gateway.url + script, { headers: { 'accept-encoding': 'identity' } });
    check(plain.headers.get('content-encoding')).toBeNull();
    check(await plain.text()).toBe(await asset.text());
  });

  test.each([
    ['/assets/..%2findex.html'],
    ['/assets/%2e%2e/index.html'],
    ['/assets/..%5c..%5cpackage.json'],
    ['/assets/%2e%2e%2f%2e%2e%2fpackage.json'],
    ['/assets/nothing.js'],
    ['/assets/'],
    ['/assets/__proto__'],
    ['/assets/index.js%00.svg'],
  ])('%s leads nowhere', async (path) => {
    const response = await fetch(room.gateway.url + path);
    check([400, 404]).toContain(response.status);
    check(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('the bare address leads to the playground', async () => {
    const response = await fetch(`${room.gateway.url}/`, { redirect: 'manual' });
    check(response.status).toBe(302);
    check(response.headers.get('location')).toBe('/playground');
  });

  test.each([
    ['/console/', '/console'],
    ['/playground/?session=one', '/playground?session=one'],
  ])('%s leads to %s', async (asked, page) => {
    const response = await fetch(room.gateway.url + asked, { redirect: 'manual' });
    check(response.status).toBe(302);
    check(response.headers.get('location')).toBe(page);
  });
});
