import type { Browser } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, test, expect as check } from 'vitest';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { launchChromium, visit, type Visit } from './support/chromium.js';
import { expect } from './support/expect.js';

let gateway: StartedGateway;
let browser: Browser;
let visited: Visit;

beforeAll(async () => {
  gateway = await startGateway();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
});
afterEach(async () => {
  await visited.context.close();
  check(visited.faults).toEqual([]);
});

describe('the documents in a browser', () => {
  test('Swagger UI shows the routes, takes a key under Authorize and calls with it, under a policy without inline script or style', async () => {
    visited = await visit(browser, gateway.url);
    const { page } = visited;
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(gateway.url) && !request.url().startsWith('data:')) foreign.push(request.url());
    });
    await page.goto('/docs');
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.getByLabel('auth-bearer-value').fill(ADMIN_KEY);
    await page.locator('.auth-container', { hasText: 'bearer' }).getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).first().click();
    const operation = page.locator('#operations-auth-signInMe');
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await expect(operation.locator('.live-responses-table tbody .response-col_status')).toHaveText(/200/);
    await expect(operation.locator('.live-responses-table tbody .response-col_description')).toContainText('"tenantId": "default"');
    check(foreign).toEqual([]);
  });

  test('the page of errors opens at the code that a problem names', async () => {
    visited = await visit(browser, gateway.url);
    const { page } = visited;
    const problem = (await (await fetch(`${gateway.url}/api/v1/nothing`)).json()) as { type: string };
    await page.goto(problem.type);
    await expect(page.locator('section:target h2')).toHaveText('not_found');
    await expect(page.locator('section:target')).toBeInViewport();
  });
});
