import type { Page } from '@playwright/test';
import { describe, test, expect as check } from 'vitest';
import { AgentSchema, MessageSchema } from '#libs/contracts';
import { GatedAgent } from '../support/scripted-agent.js';
import { expect } from './support/expect.js';
import { useRoom } from './support/room.js';

const gated = new GatedAgent('gated', 'So far', ' and done');
const room = useRoom({ agents: [gated] });

const enter = (path: string): Promise<Page> => room.enterConsole(`/console/${path}`);
const row = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text });

describe('agents', () => {
  test('scaling under load is seen at once, stopping keeps what waits, starting runs it', async () => {
    const page = await enter('agents/gated');
    await page.getByRole('spinbutton', { name: 'Turns at once' }).fill('1');
    await page.getByRole('button', { name: 'Scale' }).click();
    await expect(page.getByText('of at most 1 turns at once')).toBeVisible();
    const sent = await Promise.all(Array.from({ length: 3 }, () => room.post('go', { agent: 'gated' })));
    await expect(page.getByText('1 of at most 1 turns at once')).toBeVisible();
    await expect(page.getByText('2 turns', { exact: true })).toBeVisible();
    await page.getByRole('spinbutton', { name: 'Turns at once' }).fill('2');
    await page.getByRole('button', { name: 'Scale' }).click();
    await expect(page.getByText('2 of at most 2 turns at once')).toBeVisible();
    await expect(page.getByText('1 turn', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await expect(page.getByText('1 turn, until it is started')).toBeVisible();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    gated.open();
    await expect(page.getByText('0 of at most 2 turns at once')).toBeVisible();
    const states = await Promise.all(sent.map(async ({ messageId }) => MessageSchema.parse(await (await room.call('GET', `/api/v1/messages/${messageId}`)).json()).status));
    check(states).toEqual(['completed', 'completed', 'completed']);
  });

  test('one is registered, deployed, tried in its box, changed, stopped and taken away', async () => {
    const page = await enter('agents');
    await page.getByRole('button', { name: 'New agent' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('helper');
    await page.getByRole('textbox', { name: 'Model' }).fill('local/concierge');
    await page.getByRole('button', { name: 'Register it' }).click();
    await expect(row(page, 'helper')).toContainText('running');
    await page.getByRole('link', { name: 'helper' }).click();
    await page.getByRole('textbox', { name: 'Message' }).fill('/echo it works');
    await page.getByRole('button', { name: 'Send' }).click();
    await expect(page.locator('.test-answer .answer-text')).toHaveText('it works');
    await expect(page.locator('.test-answer')).toContainText(/Done in .* ms/);
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('textbox', { name: 'Instructions' }).fill('Be brief.');
    await page.getByRole('button', { name: 'Keep the change' }).click();
    await expect(page.getByText('Be brief.')).toBeVisible();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.getByRole('button', { name: 'Take away' }).click();
    await page.getByRole('button', { name: 'Take it away' }).click();
    await expect(page.getByText('not deployed')).toBeVisible();
    await page.getByRole('button', { name: 'Take away' }).click();
    await page.getByRole('button', { name: 'Take it away' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Agents' })).toBeVisible();
    await expect(row(page, 'helper')).toBeHidden();
  });

  test('an answer streams into the box as it is made, and can be stopped', async () => {
    const page = await enter('agents/paced');
    await page.getByRole('textbox', { name: 'Message' }).fill('Tell me');
    await page.getByRole('button', { name: 'Send' }).click();
    room.agent.say('Once upon ');
    await expect(page.locator('.test-answer .answer-text')).toHaveText('Once upon');
    room.agent.say('a time\nthere was');
    await expect.poll(() => page.locator('.test-answer .answer-text').innerText()).toBe('Once upon a time\nthere was');
    await page.locator('.test-form').getByRole('button', { name: 'Stop' }).click();
    await expect(page.locator('.test-answer')).toContainText('Stopped.');
    await expect(page.getByRole('button', { name: 'Send' })).toBeEnabled();
  });

  test('the box keeps to its answer when it could not be stopped', async () => {
    const page = await enter('agents/paced');
    await page.route('**/cancel', (route) => route.abort('connectionrefused'));
    await page.getByRole('textbox', { name: 'Message' }).fill('Tell me');
    await page.getByRole('button', { name: 'Send' }).click();
    room.agent.say('Once upon ');
    await expect(page.locator('.test-answer .answer-text')).toHaveText('Once upon');
    await page.locator('.test-form').getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByRole('alert')).toContainText('The gateway does not answer');
    await expect(page.getByRole('button', { name: 'Send' })).toBeDisabled();
    room.agent.say('a time');
    room.agent.finish();
    await expect(page.locator('.test-answer .answer-text')).toHaveText('Once upon a time');
    await expect(page.getByRole('button', { name: 'Send' })).toBeEnabled();
  });

  test('each of many finds its deployment', { timeout: 240_000 }, async () => {
    const made: string[] = [];
    for (let number = 0; number < 101; number += 1) {
      const name = `one of many ${number}`;
      const agent = AgentSchema.parse(await (await room.call('POST', '/api/v1/control-plane/agents', { name, model: 'local/concierge' })).json());
      check((await room.call('POST', '/api/v1/control-plane/deployments', { agent: name })).ok).toBe(true);
      made.push(agent.id);
    }
    const page = await enter(`agents/${made[0]}`);
    await expect(page.getByText(/of at most \d+ turns at once/)).toBeVisible();
    await expect(page.getByText('not deployed')).toHaveCount(0);
  });
});
