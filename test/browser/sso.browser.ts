import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect as check, test } from 'vitest';
import { io } from 'socket.io-client';
import { CLIENT, ROLES, startIdentityProvider, type IdentityProvider } from '../../scripts/demo-sso/identity-provider.mjs';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { launchChromium, visit, type Visit } from './support/chromium.js';
import { expect } from './support/expect.js';
import { say } from './support/room.js';

let browser: Browser;
let provider: IdentityProvider;
let gateway: StartedGateway;
let visited: Visit;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  provider = await startIdentityProvider();
  gateway = await startGateway({
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
    OIDC_ALLOWED_DOMAINS: 'example.com',
    OIDC_ROLE_CLAIM: ROLES,
    SAML_IDP_METADATA: provider.metadataUrl,
    SAML_ALLOWED_DOMAINS: 'example.com',
    SAML_ROLE_ATTRIBUTE: ROLES,
  });
  provider.serveOidc(gateway.url);
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await provider.stop();
});
afterEach(async () => {
  await visited.context.close();
});

async function come(path = '/playground', url = gateway.url): Promise<void> {
  visited = await visit(browser, url);
  page = visited.page;
  await page.goto(path);
}

/** What a person does on the provider's page. */
async function signInAs(person: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Sign in as' }).fill(person);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const composer = () => page.getByRole('textbox', { name: 'Message' });

async function me(): Promise<{ id: string; role: string }> {
  const answer: { id: string; role: string } = await (await page.request.get('/auth/me')).json();
  return answer;
}

describe('in a real browser, with a real OpenID Connect provider on another site', () => {
  test('an operator signs in from the page, talks, and signs out', async () => {
    await come();
    await page.getByRole('link', { name: 'Sign in with SSO (OpenID Connect)' }).click();
    await signInAs('operator');
    await expect(composer()).toBeVisible();
    check(new URL(page.url()).origin).toBe(gateway.url);
    check(await me()).toMatchObject({ id: check.stringMatching(/^oidc_/), role: 'operator' });
    await say(page, '/echo I came by OpenID Connect');
    await expect(page.locator('.answer-text')).toHaveText('I came by OpenID Connect');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in to Parley' })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Sign in to Parley' })).toBeVisible();
    check(visited.faults).toEqual([]);
  });

  test('who asked for a page of the console is at that page when they are back, with its filter', async () => {
    await come('/console/sessions?q=import&owner=user%3Aada');
    await page.getByRole('link', { name: 'Sign in with SSO (OpenID Connect)' }).click();
    await signInAs('viewer');
    await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible();
    await expect(page.getByRole('searchbox')).toHaveValue('import');
    await expect(page.getByRole('combobox', { name: 'Owner' })).toHaveValue('user:ada');
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Keys' })).toHaveCount(0);
    check(visited.faults).toEqual([]);
  });

  test('somebody of another domain reads why they are not let in', async () => {
    await come();
    await page.getByRole('link', { name: 'Sign in with SSO (OpenID Connect)' }).click();
    await signInAs('mallory@elsewhere.test');
    await expect(page.getByRole('heading', { name: 'You are not signed in' })).toBeVisible();
    await expect(page.getByText('Accounts of this domain may not sign in here.')).toBeVisible();
    await page.getByRole('link', { name: 'Back to the sign-in page' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in to Parley' })).toBeVisible();
  });

  test('who came by another name of this machine is led to the one the provider knows, and comes in', async () => {
    await come('/auth/login', gateway.url.replace('127.0.0.1', 'localhost'));
    await signInAs('viewer');
    await expect(composer()).toBeVisible();
    check(new URL(page.url()).origin).toBe(gateway.url);
  });

  test('signing out cuts the sockets of that sign-in', async () => {
    await come();
    await page.getByRole('link', { name: 'Sign in with SSO (OpenID Connect)' }).click();
    await signInAs('admin');
    await expect(composer()).toBeVisible();
    const cookies = await visited.context.cookies();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const socket = io(gateway.url, { transports: ['websocket'], reconnection: false, extraHeaders: { cookie, origin: gateway.url } });
    await new Promise((resolve, reject) => socket.on('connect', () => resolve(null)).on('connect_error', reject));
    const cut = new Promise((resolve) => socket.on('disconnect', resolve));
    await page.getByRole('button', { name: 'Sign out' }).click();
    check(await cut).toBe('io server disconnect');
  });
});

describe('in a real browser, with a SAML provider on another site', () => {
  test('an operator signs in by a foreign POST and comes back to where they wanted to go', async () => {
    await come('/playground?session=0193f0a0-0000-7000-8000-000000000000');
    await page.getByRole('link', { name: 'Sign in with SSO (SAML)' }).click();
    await page.getByRole('button', { name: 'admin' }).click();
    await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
    check(new URL(page.url()).origin).toBe(gateway.url);
    check(await me()).toMatchObject({ id: check.stringMatching(/^saml_/), role: 'admin' });
    check(page.url()).not.toContain('answer=');
  });

  test('the answer that one browser got opens nothing in another', async () => {
    await come();
    await page.getByRole('link', { name: 'Sign in with SSO (SAML)' }).click();
    const field = page.locator('form', { hasText: 'admin' }).locator('input[name=SAMLResponse]');
    const stolen = await field.getAttribute('value');
    const victim = await visit(browser, gateway.url);
    await victim.page.setContent(`<form method="post" action="${gateway.url}/auth/saml/acs"><input type="hidden" name="SAMLResponse" value="${stolen}"><button>go</button></form>`);
    await victim.page.getByRole('button', { name: 'go' }).click();
    await expect(victim.page.getByText('was not begun in this browser')).toBeVisible();
    check((await victim.page.request.get('/auth/me')).status()).toBe(401);
    await victim.context.close();
  });
});
