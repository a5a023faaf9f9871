import { mkdir } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from '@playwright/test';
import { test } from 'vitest';
import { FailureError } from '#libs/contracts';
import { openRoom, say, type Room } from './support/room.js';

const FOLDER = 'docs/images';
const DESKTOP: BrowserContextOptions = { viewport: { width: 1200, height: 760 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** Takes the pictures of the documents from a gateway that really runs. */
async function takePictures(room: Room): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await signInPicture(room);
  await picture(room, 'playground-start', { ...DESKTOP, colorScheme: 'light' }, async () => undefined);
  await picture(room, 'playground-light', { ...DESKTOP, colorScheme: 'light' }, (page) => talk(room, page));
  await picture(room, 'playground-dark', { ...DESKTOP, colorScheme: 'dark' }, (page) => talk(room, page));
  await picture(room, 'playground-phone', { ...PHONE, colorScheme: 'light' }, (page) => talk(room, page));
  await picture(room, 'playground-help', { ...DESKTOP, colorScheme: 'light' }, (page) => help(page));
  await picture(room, 'playground-trouble', { ...DESKTOP, colorScheme: 'light' }, (page) => trouble(room, page));
}

async function signInPicture(room: Room): Promise<void> {
  const { page, context } = await room.visit({ ...DESKTOP, colorScheme: 'light' });
  await page.goto('/playground');
  await page.getByRole('textbox', { name: 'API key' }).waitFor();
  await page.screenshot({ path: `${FOLDER}/sign-in.png` });
  await context.close();
}

async function picture(room: Room, name: string, options: BrowserContextOptions, act: (page: Page) => Promise<void>): Promise<void> {
  const { page, context } = await room.enter(options);
  await act(page);
  await page.evaluate('document.fonts.ready');
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
  room.wire.mend();
  await context.close();
  room.agent.forget();
}

async function talk(room: Room, page: Page): Promise<void> {
  await say(page, 'What is 17.5 * 24 + 3?');
  await page.locator('.turn[data-state=completed]').waitFor();
  await page.locator('details.tool summary').click();
  await room.openPaced(page, 'Planning the autumn release');
  await say(page, 'How do I follow a session from a script?');
  room.agent.tell({ type: 'tool-called', callId: 'one', skill: 'docs', input: { query: 'follow a session' } });
  room.agent.tell({ type: 'tool-finished', callId: 'one', outcome: 'ok', output: 'GET /api/v1/sessions/{id}/events' });
  room.agent.say('Read its events as a stream. Each stored event has a number, so after a break you ask for what comes behind the last one you saw:\n\n');
  room.agent.say('```sh\ncurl -N -H "Authorization: Bearer $KEY" \\\n  "$URL/api/v1/sessions/$ID/events?after=42"\n```\n\nNothing is missing and nothing comes twice.');
  room.agent.finish();
  await page.locator('.turn[data-state=completed] .meta').waitFor();
  await say(page, 'And if the gateway restarts in the middle of an answer?');
  room.agent.say('Then the turn is taken up again when it is back. Your page keeps its place and fills in');
  await page.locator('.answer-text.streaming').waitFor();
}

async function help(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^\/help/ }).click();
  await page.locator('.turn[data-state=completed] .meta').waitFor();
}

async function trouble(room: Room, page: Page): Promise<void> {
  await room.openPaced(page, 'A bad day for the provider');
  await say(page, 'Summarise the last incident, please.');
  room.agent.say('The incident began');
  const { failure } = FailureError.of('provider_rate_limited', 'The provider allows no more requests for the next 20 seconds.');
  room.agent.fail(failure.code, failure.detail);
  await page.locator('.turn[data-state=failed]').waitFor();
  await say(page, 'Then a poem instead.');
  room.agent.say('Rain on the window,');
  await page.locator('.answer-text.streaming').waitFor();
  room.wire.cut();
  await page.getByText('Reconnecting…').waitFor();
  await say(page, 'Are you still there?');
  await page.getByText('Will be sent').waitFor();
}

test('the pictures of the documents are taken', { timeout: 120_000 }, async () => {
  const room = await openRoom();
  try {
    await takePictures(room);
  } finally {
    await room.close();
  }
});
