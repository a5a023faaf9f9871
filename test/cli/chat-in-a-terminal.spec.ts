import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import type { Streams } from '../../src/cli/command-line.js';
import { chat } from '../../src/cli/commands/chat.js';
import { readEnvironment } from '../../src/cli/environment.js';
import { GatedAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

const CTRL_C = '\u0003';
const PROMPT = '› ';

/** A terminal with one person before it. */
class Terminal {
  readonly #keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  readonly #screen = new PassThrough({ encoding: 'utf8' });
  readonly exit: Promise<number>;
  #seen = '';

  constructor(url: string, args: readonly string[] = []) {
    const streams: Streams = { stdin: this.#keys, stdout: this.#screen, stderr: this.#screen };
    this.exit = chat({ ...streams, args, environment: readEnvironment({ PARLEY_URL: url, PARLEY_API_KEY: ADMIN_KEY, DATA_DIR: '/nonexistent' }) });
    this.exit.catch(() => undefined);
    this.#screen.on('data', (text: string) => (this.#seen += text));
  }

  get seen(): string {
    return this.#seen;
  }

  type(keys: string): void {
    this.#keys.write(keys);
  }

  /** Resolves when the text comes up that was not there before; what was before it counts no more. */
  async shows(text: string): Promise<void> {
    while (!this.#seen.includes(text)) await once(this.#screen, 'data');
    this.#seen = this.#seen.slice(this.#seen.indexOf(text) + text.length);
  }
}

describe('chat in a terminal', () => {
  let gateway: StartedGateway;
  let client: ParleyClient;
  beforeAll(async () => {
    gateway = await startGateway({}, { agents: [new GatedAgent('gated', 'begun', 'never')] });
    client = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
  });
  afterAll(() => gateway.stop());

  it.each([
    ['Ctrl-C', CTRL_C],
    ['/stop', '/stop\n'],
  ])('%s stops the running turn and stays', async (_name, keys) => {
    const terminal = new Terminal(gateway.url, ['--agent', 'gated']);
    await terminal.shows(PROMPT);
    terminal.type('go\n');
    await terminal.shows('begun');
    terminal.type(keys);
    await terminal.shows('The turn was stopped.\n');
    await terminal.shows(PROMPT);
    terminal.type('/session\n');
    await terminal.shows(PROMPT);
    terminal.type('/quit\n');
    expect(await terminal.exit).toBe(0);
  });

  it.each(['/quit', '/exit'])('%s leaves and says how to go on, and --session does', async (leave) => {
    const terminal = new Terminal(gateway.url);
    await terminal.shows(PROMPT);
    terminal.type('note: buy milk\n');
    await terminal.shows('Noted: buy milk\n');
    await terminal.shows(PROMPT);
    terminal.type(`${leave}\n`);
    expect(await terminal.exit).toBe(0);
    const [, sessionId = ''] = /parley chat --session (\S+) goes on here\.\n$/.exec(terminal.seen) ?? [];
    const again = new Terminal(gateway.url, ['--session', sessionId]);
    await again.shows(PROMPT);
    again.type('what are my notes?\n');
    await again.shows('1. buy milk\n');
    again.type('/quit\n');
    await again.exit;
    expect((await client.messages(sessionId)).items).toHaveLength(2);
  });

  it('sends a pasted text of several lines as one message, with the Enter behind it', async () => {
    const terminal = new Terminal(gateway.url);
    await terminal.shows('\u001b[?2004h');
    await terminal.shows(PROMPT);
    terminal.type('\u001b[200~/echo one\r/quit\r\u001b[201~');
    terminal.type('three\r');
    await terminal.shows('one\n/quit\nthree\n');
    await terminal.shows(PROMPT);
    terminal.type('/echo alone\r');
    await terminal.shows('alone\n');
    await terminal.shows(PROMPT);
    terminal.type('\u001b[200~/quit\u001b[201~\r');
    expect(await terminal.exit).toBe(0);
    expect(terminal.seen).toContain('\u001b[?2004l');
  });

  it('shows what others say in the session, and what is said here only once', async () => {
    const { id } = await client.createSession();
    const [ann, bob] = [new Terminal(gateway.url, ['--session', id]), new Terminal(gateway.url, ['--session', id])];
    await Promise.all([ann.shows(PROMPT), bob.shows(PROMPT)]);
    ann.type('/echo hello\r');
    await bob.shows('‹socketio› /echo hello\n');
    await bob.shows('hello\n');
    await ann.shows(PROMPT);
    ann.type('/quit\r');
    bob.type('/quit\r');
    await Promise.all([ann.exit, bob.exit]);
    expect(ann.seen).not.toContain('‹');
  });

  it('ends with the reason when its key is revoked', async () => {
    const { id, key } = await client.createKey({ name: 'soon gone', scopes: ['messages'] });
    const terminal = new Terminal(gateway.url, ['--key', key]);
    await terminal.shows(PROMPT);
    await client.revokeKey(id);
    await expect(terminal.exit).rejects.toMatchObject({ problem: { code: 'unauthenticated' } });
  });

  it('ends with the reason before the first line when the key is wrong', async () => {
    const terminal = new Terminal(gateway.url, ['--key', 'wrong']);
    await expect(terminal.exit).rejects.toMatchObject({ problem: { code: 'unauthenticated' } });
    expect(terminal.seen).toBe('');
  });
});
