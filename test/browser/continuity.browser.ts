import { describe, test } from 'vitest';
import { expect } from './support/expect.js';
import { say, useRoom } from './support/room.js';

const room = useRoom();

describe('an answer goes on', () => {
  test('after a reload in the middle of it', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'a story');
    room.agent.say('Before the reload');
    await expect(page.locator('.answer-text')).toHaveText('Before the reload');
    await page.reload();
    await expect(page.locator('.answer-text.streaming')).toHaveText('Before the reload');
    room.agent.say(', after it');
    await expect(page.locator('.answer-text.streaming')).toHaveText('Before the reload, after it');
    room.agent.finish();
    await expect(page.locator('.turn')).toHaveAttribute('data-state', 'completed');
    await expect(page.locator('.turn')).toHaveCount(1);
    await expect(page.locator('.answer-text')).toHaveText('Before the reload, after it');
  });

  test('after the connection was cut, without gap and without repeat', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'count');
    room.agent.say('one ');
    await expect(page.locator('.answer-text')).toHaveText('one');
    room.wire.cut();
    await expect(page.getByText('Reconnecting…')).toBeVisible();
    room.agent.say('two ');
    room.agent.tell({ type: 'tool-called', callId: 'c1', skill: 'clock', input: { zone: 'UTC' } });
    room.agent.tell({ type: 'tool-finished', callId: 'c1', outcome: 'ok', output: 'noon' });
    room.agent.say('three ');
    room.wire.mend();
    await expect(page.getByText('Reconnecting…')).toBeHidden();
    await expect(page.locator('.answer-text.streaming')).toHaveText('one two three');
    room.agent.say('four');
    room.agent.finish();
    await expect(page.locator('.turn')).toHaveAttribute('data-state', 'completed');
    await expect(page.locator('.answer-text')).toHaveText('one two three four');
    await expect(page.locator('details.tool')).toHaveCount(1);
    await expect(page.locator('.turn')).toHaveCount(1);
  });

  test('when it ended while nobody was connected', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'end without me');
    room.agent.say('part ');
    await expect(page.locator('.answer-text')).toHaveText('part');
    room.wire.cut();
    await expect(page.getByText('Reconnecting…')).toBeVisible();
    room.agent.say('whole');
    room.agent.finish();
    room.wire.mend();
    await expect(page.locator('.turn')).toHaveAttribute('data-state', 'completed');
    await expect(page.locator('.answer-text')).toHaveText('part whole');
  });

  test('after the gateway was restarted: the turn is taken up again and its text written anew', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'outlive it');
    room.agent.say('lost with the first attempt');
    await expect(page.locator('.answer-text')).toHaveText('lost with the first attempt');
    await room.restart();
    await expect(page.getByText('Reconnecting…')).toBeHidden();
    room.agent.say('said by the second');
    room.agent.finish();
    await expect(page.locator('.turn')).toHaveAttribute('data-state', 'completed');
    await expect(page.locator('.answer-text')).toHaveText('said by the second');
    await expect(page.locator('.turn')).toHaveCount(1);
    await say(page, '/echo still here');
    room.agent.say('yes');
    room.agent.finish();
    await expect(page.locator('.turn')).toHaveCount(2);
    await expect(page.locator('.answer-text').last()).toHaveText('yes');
  });

  test('a message written while cut off is sent once when the connection is back', async () => {
    const page = await room.enter();
    await say(page, '/echo before');
    await expect(page.locator('.turn[data-state=completed] .answer-text')).toHaveText('before');
    room.wire.cut();
    await expect(page.getByText('Reconnecting…')).toBeVisible();
    await say(page, '/echo while away');
    await expect(page.getByText('Will be sent when the connection is back')).toBeVisible();
    room.wire.mend();
    await expect(page.locator('.turn[data-state=completed]')).toHaveCount(2);
    await expect(page.locator('.answer-text').last()).toHaveText('while away');
    await expect(page.locator('.turn')).toHaveCount(2);
  });

  test('a message written while cut off survives a reload of the page', async () => {
    const page = await room.enter();
    await say(page, '/echo first');
    await expect(page.locator('.turn[data-state=completed] .answer-text')).toHaveText('first');
    room.wire.cut();
    await expect(page.getByText('Reconnecting…')).toBeVisible();
    await say(page, '/echo kept');
    await expect(page.getByText('Will be sent when the connection is back')).toBeVisible();
    room.wire.mend();
    await page.reload();
    await expect(page.locator('.turn[data-state=completed] .answer-text').last()).toHaveText('kept');
    await expect(page.locator('.turn')).toHaveCount(2);
  });
});
