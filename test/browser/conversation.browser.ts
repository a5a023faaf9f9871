import { describe, test, expect as check } from 'vitest';
import { expect } from './support/expect.js';
import { say, useRoom } from './support/room.js';

const room = useRoom();

describe('a conversation', () => {
  test('begins with one of three things to try, and is answered', async () => {
    const page = await room.enter();
    await expect(page.getByRole('heading', { name: 'Say something' })).toBeVisible();
    await page.getByRole('button', { name: /^\/help/ }).click();
    await expect(page.locator('.turn[data-state=completed] .answer-text')).toContainText('AGENT_MODEL');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('/help');
    await expect(page.getByRole('navigation').getByRole('button', { name: /^\/help/ })).toHaveAttribute('aria-current', 'page');
  });

  test('shows the answer while it is being written, and what it cost at the end', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'tell me');
    room.agent.say('The first half, ');
    await expect(page.locator('.answer-text.streaming')).toHaveText('The first half,');
    room.agent.say('and the second.');
    await expect(page.locator('.answer-text.streaming')).toHaveText('The first half, and the second.');
    room.agent.finish();
    await expect(page.locator('.turn')).toHaveAttribute('data-state', 'completed');
    await expect(page.locator('.answer-text')).toHaveText('The first half, and the second.');
    await expect(page.locator('.meta')).toContainText('12 in, 34 out');
    await expect(page.locator('.meta')).toContainText(/\d (ms|s)/);
    await expect(page.locator('[aria-live=polite]').first()).toContainText('and the second.');
  });

  test('is read out also when the answer is there at once', async () => {
    const page = await room.enter();
    const heard = page.locator('.transcript-frame [aria-live=polite]');
    await say(page, '/echo Quick as a flash.');
    await expect(heard).toHaveText('Quick as a flash.');
    await say(page, '/echo And once more.');
    await expect(heard).toHaveText('And once more.');
    await page.reload();
    await expect(page.locator('.turn[data-state=completed]')).toHaveCount(2);
    await expect(heard).toHaveText('');
  });

  test('shows a call of a skill, which unfolds to its input and output', async () => {
    const page = await room.enter();
    await say(page, 'What is 17.5 * 24 + 3?');
    await expect(page.locator('.turn[data-state=completed] .answer-text')).toContainText('423');
    const tool = page.locator('details.tool');
    await expect(tool.locator('.tool-state')).toHaveText('done');
    await expect(tool.locator('dl')).toBeHidden();
    await tool.locator('summary').click();
    await expect(tool.locator('dd').first()).toContainText('17.5');
    await expect(tool.locator('dd').last()).toContainText('423');
  });

  test('stops an answer in the middle, by the button and by Escape, and sends again', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'a long story');
    room.agent.say('Once upon a time');
    await expect(page.locator('.answer-text')).toHaveText('Once upon a time');
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.locator('.turn').first()).toHaveAttribute('data-state', 'cancelled');
    await expect(page.locator('.turn').first().locator('.answer-text')).toHaveText('Once upon a time');
    await expect(page.getByRole('button', { name: 'Stop' })).toBeHidden();

    await page.getByRole('button', { name: 'Send again' }).click();
    room.agent.say('There was');
    await expect(page.locator('.turn').last().locator('.answer-text')).toHaveText('There was');
    await page.keyboard.press('Escape');
    await expect(page.locator('.turn').last()).toHaveAttribute('data-state', 'cancelled');
    await expect(page.locator('.turn')).toHaveCount(2);
  });

  test('tells why an answer failed and what to do', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'break');
    room.agent.say('half an');
    await expect(page.locator('.answer-text')).toHaveText('half an');
    room.agent.fail('provider_error', 'The provider hung up.');
    const alert = page.locator('.turn .trouble');
    await expect(alert).toContainText('The provider failed');
    await expect(alert).toContainText('The provider hung up.');
    await expect(alert).toContainText('send a message again with a new id');
    await expect(alert.getByRole('button', { name: 'Send again' })).toBeVisible();
    await expect(page.locator('.answer-text')).toHaveText('half an');
  });

  test('shows a second message as queued until its turn comes', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'first');
    room.agent.say('one');
    await expect(page.locator('.answer-text')).toHaveText('one');
    await say(page, 'second');
    await expect(page.locator('.turn').last()).toHaveAttribute('data-state', 'queued');
    room.agent.finish();
    await expect(page.locator('.turn').last()).toHaveAttribute('data-state', 'running');
    room.agent.say('two');
    room.agent.finish();
    await expect(page.locator('.turn').last().locator('.answer-text')).toHaveText('two');
    await expect(page.locator('.turn')).toHaveCount(2);
  });

  test('is renamed in place', async () => {
    const page = await room.enter();
    await room.openPaced(page, 'Old name');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('Name of the conversation').fill('New name');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('New name');
    await expect(page.getByRole('navigation').getByRole('button', { name: /New name/ })).toBeVisible();
  });

  test('is deleted only after the second yes', async () => {
    const page = await room.enter();
    const id = await room.openPaced(page, 'To be deleted');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('To be deleted');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('New conversation');
    await expect(page.getByRole('navigation').getByRole('button', { name: /To be deleted/ })).toHaveCount(0);
    const gone = await page.request.get(`/api/v1/sessions/${id}`);
    check(gone.status()).toBe(404);
  });

  test('stands in the list once, however fast one asks for more of them', async () => {
    const page = await room.enter();
    for (let number = 1; number <= 35; number += 1) await room.makePaced(page, `Number ${number} of many`);
    await page.reload();
    await expect(page.getByRole('navigation').getByRole('button', { name: /^Number 35 of many/ })).toBeVisible();
    await page.getByRole('button', { name: 'Show more' }).dblclick();
    await expect(page.getByRole('navigation').getByRole('button', { name: /^Number 1 of many/ })).toHaveCount(1);
    await expect(page.getByRole('navigation').getByRole('button', { name: /of many/ })).toHaveCount(35);
  });

  test('two conversations stay apart', async () => {
    const page = await room.enter();
    await say(page, '/echo alpha');
    await expect(page.locator('.turn[data-state=completed] .answer-text')).toHaveText('alpha');
    await page.getByRole('button', { name: 'New conversation' }).click();
    await expect(page.getByRole('heading', { name: 'Say something' })).toBeVisible();
    await say(page, '/echo beta');
    await expect(page.locator('.turn[data-state=completed] .answer-text')).toHaveText('beta');
    await page.goBack();
    await page.goBack();
    await expect(page.locator('.answer-text')).toHaveText('alpha');
  });
});
