import { describe, test, expect as check } from 'vitest';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { PHONE, seriousFaults, tabTo, widthBeyondScreen } from './support/everyone.js';
import { expect } from './support/expect.js';
import { say, useRoom } from './support/room.js';

const room = useRoom();

describe('everyone can use it', () => {
  test('with the keyboard only: sign in, send, unfold, rename, delete, begin anew', async () => {
    const page = await room.visit();
    await page.goto('/playground');
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    await tabTo(page, /^pk_/);
    await page.keyboard.type(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused();
    await page.keyboard.type('What is 6 * 7?');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('Please.');
    check(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('What is 6 * 7?\nPlease.');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('What is 6 * 7?');
    await page.keyboard.press('Enter');
    await expect(page.locator('.turn[data-state=completed] .answer-text')).toContainText('42');
    await tabTo(page, /^calculator/);
    await page.keyboard.press('Enter');
    await expect(page.locator('details.tool dl')).toBeVisible();
    await tabTo(page, /^Rename$/);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('textbox', { name: 'Name of the conversation' })).toBeFocused();
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('By keyboard');
    await tabTo(page, /^Delete$/);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await tabTo(page, /^Delete$/);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(page.getByRole('dialog').getByRole('button', { name: 'Delete' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Say something' })).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused();
  });

  test('the focus is always seen', async () => {
    const page = await room.enter();
    await say(page, '/help');
    await expect(page.locator('.turn[data-state=completed]')).toBeVisible();
    const unseen: string[] = [];
    for (let step = 0; step < 15; step += 1) {
      await page.keyboard.press('Tab');
      const seen: unknown = await page.evaluate(`(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return '';
        const box = element.id === 'message' ? element.closest('.composer-box') : element;
        const { outlineStyle, boxShadow } = getComputedStyle(box);
        return outlineStyle !== 'none' || boxShadow !== 'none' ? '' : element.outerHTML;
      })()`);
      if (typeof seen === 'string' && seen !== '') unseen.push(seen);
    }
    check(unseen).toEqual([]);
  });

  test.each([['light'], ['dark']] as const)('axe finds no serious fault in the %s page', async (colorScheme) => {
    const page = await room.visit({ colorScheme, bypassCSP: true });
    await page.goto('/playground');
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    check(await seriousFaults(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'API key' }).fill(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Say something' }).waitFor();
    check(await seriousFaults(page)).toEqual([]);
    await say(page, 'What is 17.5 * 24 + 3?');
    await page.locator('.turn[data-state=completed]').waitFor();
    await page.locator('details.tool summary').click();
    await room.openPaced(page);
    await say(page, 'fail, please');
    room.agent.say('```js\nlet half = 1;\n```\nhalf');
    room.agent.fail('provider_error', 'The provider hung up.');
    await page.locator('.turn[data-state=failed]').waitFor();
    await say(page, 'again');
    room.agent.say('streaming');
    await page.locator('.answer-text.streaming').waitFor();
    check(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    check(await seriousFaults(page)).toEqual([]);
  });

  test('on a phone nothing scrolls sideways, and conversations are one touch away', async () => {
    const page = await room.enter(PHONE);
    check(await widthBeyondScreen(page)).toBe(0);
    await room.openPaced(page, 'A name so long that no phone in anybody’s pocket shows the whole of it');
    await say(page, `wide ${'w'.repeat(400)}`);
    room.agent.say(`${'x'.repeat(500)}\n\`\`\`\n${'y'.repeat(500)}\n\`\`\`\n`);
    room.agent.tell({ type: 'tool-called', callId: 'c', skill: 'a-skill-with-a-long-name', input: { long: 'z'.repeat(500) } });
    room.agent.tell({ type: 'tool-finished', callId: 'c', outcome: 'ok', output: 'z'.repeat(500) });
    room.agent.finish();
    await page.locator('.turn[data-state=completed]').waitFor();
    await page.locator('details.tool summary').click();
    check(await widthBeyondScreen(page)).toBe(0);
    await page.getByRole('button', { name: 'Conversations' }).tap();
    await page.getByRole('navigation').getByRole('button', { name: 'New conversation' }).tap();
    await expect(page.getByRole('heading', { name: 'Say something' })).toBeVisible();
    check(await widthBeyondScreen(page)).toBe(0);
  });

  test('each line of an answer runs in the direction of its own words', async () => {
    const page = await room.enter();
    await room.openPaced(page);
    await say(page, 'in two languages');
    room.agent.say('In English.\nוגם בעברית.');
    room.agent.finish();
    await page.locator('.turn[data-state=completed]').waitFor();
    const atRight = `(() => {
      const prose = document.querySelector('.answer-text p');
      const range = document.createRange();
      return prose.firstChild.data.split('\\n').map((line, index, lines) => {
        const from = lines.slice(0, index).join('\\n').length + (index === 0 ? 0 : 1);
        range.setStart(prose.firstChild, from);
        range.setEnd(prose.firstChild, from + line.length);
        return prose.getBoundingClientRect().right - range.getBoundingClientRect().right < 2;
      });
    })()`;
    check(await page.evaluate(atRight)).toEqual([false, true]);
  });

  test('nothing moves for those who asked for less motion', async () => {
    const page = await room.enter({ reducedMotion: 'reduce' });
    await room.openPaced(page);
    await say(page, 'still');
    room.agent.say('text');
    await page.locator('.answer-text.streaming').waitFor();
    check(await page.evaluate('document.getAnimations().length')).toBe(0);
  });
});
