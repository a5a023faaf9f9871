import { mkdir } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from '@playwright/test';
import { test } from 'vitest';
import { FailureError, SessionSchema } from '#libs/contracts';
import { Receiver } from '../outbox/receiver.js';
import { Room, say } from './support/room.js';

const FOLDER = 'docs/images';
const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
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

/** The same of the console, in a gateway where some people talk. */
async function takeConsolePictures(room: Room): Promise<void> {
  await consolePicture(room, 'console-guide', { ...DESKTOP, colorScheme: 'light' }, (page) => page.getByText('Nobody has said anything yet').waitFor());
  const session = await liveliness(room);
  await deadLetters(room);
  for (const [name, path] of [...CONSOLE_PAGES, ['session', `/console/sessions/${session}`]] as const) {
    await consolePicture(room, `console-${name}`, { ...DESKTOP, colorScheme: 'light' }, (page) => open(page, path));
  }
  await consolePicture(room, 'console-message', { ...DESKTOP, colorScheme: 'light' }, async (page) => {
    await open(page, `/console/sessions/${session}`);
    await page.getByRole('link', { name: 'Its life' }).first().click();
    await page.getByRole('list', { name: 'Steps' }).waitFor();
  });
  await consolePicture(room, 'console-session-phone', { ...PHONE, colorScheme: 'dark' }, (page) => open(page, `/console/sessions/${session}`));
  const overview = async (page: Page): Promise<void> => {
    await page.getByRole('region', { name: 'Turns per second' }).waitFor();
    await stir(room, page);
  };
  await consolePicture(room, 'console-overview', { ...DESKTOP, colorScheme: 'light' }, overview);
  await consolePicture(room, 'console-overview-dark', { ...DESKTOP, colorScheme: 'dark' }, overview);
  await consolePicture(room, 'console-overview-phone', { ...PHONE, colorScheme: 'light' }, overview);
}

const CONSOLE_PAGES = ['sessions', 'queue', 'connections', 'agents', 'channels', 'dead-letters', 'keys', 'tenants', 'usage', 'audit', 'health', 'settings'].map(
  (name) => [name, `/console/${name}`] as const,
);

async function consolePicture(room: Room, name: string, options: BrowserContextOptions, act: (page: Page) => Promise<void>): Promise<void> {
  const page = await room.enterConsole('/console', options);
  await act(page);
  await page.evaluate('document.fonts.ready');
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
  await page.context().close();
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('#page h1').waitFor();
  await page.waitForLoadState('networkidle');
}

/** Keys, sessions with names, one of them in the middle of an answer; gives that one. */
async function liveliness(room: Room): Promise<string> {
  const page = await room.enterConsole('/console/sessions');
  const headers = { origin: room.wire.url };
  for (const [name, scopes] of [['website', ['messages', 'tickets']], ['nightly import', ['messages']], ['on-call phone', ['control:read', 'sessions:read']]] as const) {
    await page.request.post('/api/v1/keys', { data: { name, scopes }, headers });
  }
  for (const title of ['Invoice 4711 is missing a line', 'Opening hours in December', 'Which plan fits a team of nine?', 'عنوان بالعربية', 'Translate the release notes', 'A refund for order 88-201']) {
    const made = SessionSchema.parse(await (await page.request.post('/api/v1/sessions', { data: { title }, headers })).json());
    await page.request.post('/api/v1/messages', { data: { sessionId: made.id, content: 'What is 6 * 7?' }, headers });
  }
  const id = await room.makePaced(page, 'Why did the nightly import fail?');
  await page.goto(`/console/sessions/${id}`);
  await say(page, 'Why did the nightly import fail?');
  room.agent.tell({ type: 'tool-called', callId: 'one', skill: 'logs', input: { query: 'import' } });
  room.agent.tell({ type: 'tool-finished', callId: 'one', outcome: 'ok', output: 'No space left on device' });
  room.agent.say('The disk of the import was full at 02:14, so the third file was written in part and the job stopped.');
  room.agent.finish();
  await page.locator('.turn[data-state=completed]').waitFor();
  await say(page, 'Can it run again tonight?');
  room.agent.say('Yes, once there is room. I would first');
  await page.locator('.answer-text.streaming').waitFor();
  await page.context().close();
  return id;
}

/** Two deliveries that nobody takes any more. */
async function deadLetters(room: Room): Promise<void> {
  const receiver = await Receiver.open();
  receiver.replies.push({ status: 410 }, { status: 410 });
  for (const path of ['/hooks/orders', '/hooks/invoices']) {
    await room.call('POST', '/api/v1/channels/callback/send', { to: receiver.url(path), content: 'The import of tonight is done.' });
  }
  await receiver.called(2);
  await receiver.close();
}

/** A little to see in the charts: some turns a second for a quarter of a minute. */
async function stir(room: Room, page: Page): Promise<void> {
  const headers = { origin: room.wire.url };
  for (let turn = 0; turn < 40; turn += 1) {
    await page.request.post('/api/v1/messages', { data: { content: turn % 3 === 0 ? 'What is 6 * 7?' : `/echo ${turn}` }, headers });
    await page.waitForTimeout(150 + 250 * Math.sin(turn / 5) ** 2);
  }
}

async function signInPicture(room: Room): Promise<void> {
  const page = await room.visit({ ...DESKTOP, colorScheme: 'light' });
  await page.goto('/playground');
  await page.getByRole('textbox', { name: 'API key' }).waitFor();
  await page.screenshot({ path: `${FOLDER}/sign-in.png` });
  await page.context().close();
}

async function picture(room: Room, name: string, options: BrowserContextOptions, act: (page: Page) => Promise<void>): Promise<void> {
  const page = await room.enter(options);
  await act(page);
  await page.evaluate('document.fonts.ready');
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
  await room.leave();
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

test.each([
  ['the playground', takePictures],
  ['the console', takeConsolePictures],
])('the pictures of %s are taken', { timeout: 600_000 }, async (_what, take) => {
  const room = new Room({ settings: { ALLOW_LOOPBACK_EGRESS: 'true' } });
  try {
    await room.open();
    await take(room);
  } finally {
    await room.close();
  }
});
