import type { Page } from '@playwright/test';
import { describe, test, expect as check } from 'vitest';
import { OneTimeLink } from '../../src/auth/one-time-link.js';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { signInWithKey } from './support/chromium.js';
import { expect } from './support/expect.js';
import { say, useRoom } from './support/room.js';

const room = useRoom();
let page: Page;

async function come(): Promise<void> {
  page = await room.visit();
}

const composer = () => page.getByRole('textbox', { name: 'Message' });

describe('a page whose parts cannot be loaded', () => {
  test('says so, and leaves no empty window', async () => {
    const context = await room.browser.newContext({ baseURL: room.wire.url });
    const broken = await context.newPage();
    await broken.route(/\/assets\/playground-room-.*\.js$/, (route) => route.abort('connectionrefused'));
    await broken.goto('/playground');
    await broken.getByRole('textbox', { name: 'API key' }).fill(ADMIN_KEY);
    await broken.keyboard.press('Enter');
    await expect(broken.getByRole('heading', { name: 'This page broke' })).toBeVisible();
    await broken.unrouteAll();
    await broken.getByRole('button', { name: 'Load anew' }).click();
    await expect(broken.getByRole('textbox', { name: 'Message' })).toBeVisible();
    await context.close();
  });
});

describe('signing in', () => {
  test('by the one-time link leads to the playground and leaves no secret in the address bar or the history', async () => {
    await come();
    const link = await room.gateway.app.get(OneTimeLink).print();
    const token = new URL(link).hash.slice(1);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(link);
    await expect(composer()).toBeVisible();
    check(new URL(page.url()).pathname).toBe('/playground');
    check(page.url()).not.toContain(token);
    check(asked.filter((url) => url.replace(/#.*/, '').includes(token))).toEqual([]);
    await page.goBack();
    check(page.url()).not.toContain(token);
    await page.goto('/playground');
    await say(page, '/echo I am in');
    await expect(page.locator('.answer-text')).toHaveText('I am in');
  });

  test('a link that could not be tried is tried again with the page', async () => {
    await come();
    const link = await room.gateway.app.get(OneTimeLink).print();
    await page.route('**/auth/link', (route) => (route.request().method() === 'POST' ? route.abort('connectionrefused') : route.continue()));
    await page.goto(link);
    await expect(page.getByRole('alert')).toContainText('The gateway does not answer');
    await page.unroute('**/auth/link');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(composer()).toBeVisible();
    check(page.url()).not.toContain(new URL(link).hash);
  });

  test('a link works once, and the page says how to get another', async () => {
    await come();
    const link = await room.gateway.app.get(OneTimeLink).print();
    await page.goto(link);
    await expect(composer()).toBeVisible();
    await page.context().clearCookies();
    await page.goto('about:blank');
    await page.goto(link);
    await expect(page.getByRole('alert')).toContainText('This link does not work any more');
    await expect(page.getByRole('alert')).toContainText('./parley login');
    await expect(page.getByRole('textbox', { name: 'API key' })).toBeVisible();
  });

  test('a link that lost its secret says so', async () => {
    await come();
    await page.goto('/auth/link');
    await expect(page.getByRole('alert')).toContainText('not whole');
  });

  test('a wrong link says so', async () => {
    await come();
    await page.goto('/auth/link#nobody-made-this');
    await expect(page.getByRole('alert')).toContainText('This link does not work any more');
    check(page.url()).not.toContain('nobody-made-this');
  });

  test('by an API key opens the playground, and signing out closes it', async () => {
    await come();
    await signInWithKey(page, ADMIN_KEY);
    check(await page.evaluate('document.cookie')).toBe('');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in to Parley' })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Sign in to Parley' })).toBeVisible();
  });

  test('a wrong key is told and lets nobody in', async () => {
    await come();
    await page.goto('/playground');
    await page.getByRole('textbox', { name: 'API key' }).fill('pk_wrongkey_0123456789012345678901234567890123');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toContainText('This key does not open the door');
    await expect(composer()).toHaveCount(0);
  });

  test('a sign-in that ends elsewhere brings back the door', async () => {
    await come();
    await signInWithKey(page, ADMIN_KEY);
    await page.request.post('/auth/logout', { headers: { origin: room.wire.url } });
    await expect(page.getByRole('alert')).toContainText('You are signed out');
  });
});
