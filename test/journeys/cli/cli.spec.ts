import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import { GatedAgent } from '../../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { runCli, startCli } from './run-cli.js';

describe('the command line', () => {
  let gateway: StartedGateway;
  let env: Record<string, string>;
  const gated = new GatedAgent('gated', 'begun', 'never');
  beforeAll(async () => {
    gateway = await startGateway({}, { agents: [gated] });
    env = { PARLEY_URL: gateway.url, PARLEY_API_KEY: ADMIN_KEY };
  });
  afterAll(() => gateway.stop());

  it('send prints the reply and nothing else on stdout', async () => {
    expect(await runCli(['send', '/echo hello there'], env)).toEqual({ code: 0, stdout: 'hello there\n', stderr: '' });
  });

  it('--url and --key stand before the command as well as behind it', async () => {
    const { PARLEY_URL: url = '', PARLEY_API_KEY: key = '' } = env;
    expect(await runCli(['--url', url, `--key=${key}`, 'send', '/echo before'])).toEqual({ code: 0, stdout: 'before\n', stderr: '' });
    expect(await runCli(['--key', 'wrong', 'send', '/echo behind', '--key', key], env)).toEqual({ code: 0, stdout: 'behind\n', stderr: '' });
    expect(await runCli(['--url', url])).toMatchObject({ code: 2, stdout: '' });
  });

  it('send --json prints one object; --session goes on in it; --id makes it safe to send again', async () => {
    const first = await runCli(['send', '--json', '--id', 'cli-1', '/echo one'], env);
    const told = JSON.parse(first.stdout) as { sessionId: string; messageId: string };
    expect(told).toMatchObject({ duplicate: false, status: 'completed', reply: { content: 'one', meta: { phase: null } } });
    const again = await runCli(['send', '--json', '--id', 'cli-1', '/echo one'], env);
    expect(JSON.parse(again.stdout)).toMatchObject({ duplicate: true, messageId: told.messageId, reply: { content: 'one' } });
    const next = await runCli(['send', '--json', '--session', told.sessionId, '/echo two'], env);
    expect(JSON.parse(next.stdout)).toMatchObject({ sessionId: told.sessionId, seq: 4 });
    const other = await runCli(['send', '--json', '--id', 'cli-1', '/echo three'], env);
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout)).toMatchObject({ error: { code: 'idempotency_conflict' } });
  });

  it('send - reads stdin', async () => {
    expect((await runCli(['send', '-'], env, '/echo from a pipe\n')).stdout).toBe('from a pipe\n');
  });

  it('send --wait 0 does not wait', async () => {
    const { code, stdout } = await runCli(['send', '--json', '--wait', '0', '--agent', 'gated', 'go'], env);
    expect(code).toBe(0);
    const told = JSON.parse(stdout) as { messageId: string; reply?: unknown };
    expect(told.reply).toBeUndefined();
    await new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY }).cancelMessage(told.messageId);
  });

  it('Ctrl-C stops the turn of send and ends it with 130', async () => {
    const cli = startCli(['send', '--agent', 'gated', 'go'], env);
    await cli.printed('begun');
    cli.child.kill('SIGINT');
    const { code, stderr } = await cli.result;
    expect(code).toBe(130);
    expect(stderr).toContain('stopped');
  });

  it.each([
    [['send'], 2],
    [['send', 'a', 'b'], 2],
    [['send', '--colour', 'red', 'a'], 2],
    [['send', '--wait', 'long', 'a'], 2],
    [['fly'], 2],
    [['keys', 'burn'], 2],
    [['keys', 'list', 'more'], 2],
    [['sessions', 'list', 'more'], 2],
    [['sessions', 'show', 'one', 'more'], 2],
    [['dead-letters', 'list', 'more'], 2],
    [['audit', 'list', 'more'], 2],
    [['crash-loop', 'show', 'more'], 2],
    [['trace', 'one', 'more'], 2],
    [['doctor', 'more'], 2],
    [['login', 'more'], 2],
    [['send', '--url', 'nonsense', 'a'], 2],
    [['send', '--key', 'wrong', 'a'], 3],
    [['sessions', 'list', '--key', 'wrong'], 3],
    [['chat', '--key', 'wrong'], 3],
    [['send', '--url', 'http://127.0.0.1:9', 'a'], 4],
    [['chat', '--url', 'http://127.0.0.1:9'], 4],
    [['login', '--url', 'http://127.0.0.1:9'], 4],
    [['sessions', 'show', 'nobody'], 1],
    [['send', '--session', 'nobody', 'a'], 1],
  ])('%j ends with %d and says why on stderr', async (args, code) => {
    const result = await runCli(args, env);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^parley: /);
    expect(result.stderr).not.toContain(ADMIN_KEY);
    expect(result.stderr).not.toContain('    at ');
  });

  it('ends with 5 when it is refused for now', async () => {
    const small = await startGateway({ RATE_LIMIT_PER_MINUTE: '1' });
    const to = { PARLEY_URL: small.url, PARLEY_API_KEY: ADMIN_KEY };
    expect((await runCli(['send', '/echo 1'], to)).code).toBe(0);
    expect(await runCli(['send', '/echo 2'], to)).toMatchObject({ code: 5, stdout: '' });
    await small.stop();
  });

  it('login prints a one-time link; on a gateway that is not running it says how to start it', async () => {
    expect((await runCli(['login'], env)).stdout).toMatch(new RegExp(`^Sign in once: ${gateway.url}/auth/link#\\S+\\n$`));
    expect((await runCli(['login'], { PARLEY_URL: 'http://127.0.0.1:9' })).stderr).toContain('npm start');
  });

  it('keys makes a key that works, lists it without its secret, and revokes it', async () => {
    const { stdout } = await runCli(['keys', 'create', '--json', '--name', 'robot', '--scopes', 'messages'], env);
    const { id, key } = JSON.parse(stdout) as { id: string; key: string };
    expect((await runCli(['send', '--key', key, '/echo hi'], env)).stdout).toBe('hi\n');
    expect((await runCli(['keys', 'list', '--key', key], env)).code).toBe(3);
    const list = await runCli(['keys', 'list'], env);
    expect(list.stdout).toContain('robot');
    expect(list.stdout).not.toContain(key);
    expect((await runCli(['keys', 'revoke', id], env)).code).toBe(0);
    expect((await runCli(['send', '--key', key, '/echo hi'], env)).code).toBe(3);
  });

  it('keys create takes the name by --name, and makes no key of another name when it is given otherwise', async () => {
    const before = (await runCli(['keys', 'list'], env)).stdout;
    expect(await runCli(['keys', 'create', 'backend'], env)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('too many arguments') });
    expect((await runCli(['keys', 'list'], env)).stdout).toBe(before);
  });

  it('uses the credential in DATA_DIR for the gateway on this machine', async () => {
    const { key } = await new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY }).createKey({ name: 'file', scopes: ['messages'] });
    await writeFile(join(gateway.dataDir, 'cli-credential'), `${key}\n`, { mode: 0o600 });
    const { port } = new URL(gateway.url);
    expect((await runCli(['send', '/echo local'], { PORT: port, DATA_DIR: gateway.dataDir })).stdout).toBe('local\n');
    expect((await runCli(['send', '/echo local'], { PORT: port, DATA_DIR: '/nonexistent' })).code).toBe(3);
  });

  it('sessions lists and shows what was said', async () => {
    const { sessionId } = JSON.parse((await runCli(['send', '--json', '/echo shown'], env)).stdout) as { sessionId: string };
    expect((await runCli(['sessions', 'list'], env)).stdout).toContain(sessionId);
    expect((await runCli(['sessions', 'show', sessionId], env)).stdout).toBe('> /echo shown\nshown\n\n');
  });

  it.each(['login', 'chat', 'send', 'serve'])('%s --help and -h print the help; behind -- they are text', async (command) => {
    for (const option of ['--help', '-h']) expect(await runCli([command, option])).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes'), stderr: '' });
    expect((await runCli([command, '--', '-h'], { PARLEY_URL: 'http://127.0.0.1:9' })).stdout).toBe('');
  });

  it('help tells all exit codes and version the version', async () => {
    expect((await runCli(['help'])).stdout).toMatch(/130\s+stopped by Ctrl-C/);
    expect(await runCli(['version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('chat without a terminal', () => {
  let gateway: StartedGateway;
  let env: Record<string, string>;
  beforeAll(async () => {
    gateway = await startGateway({}, { agents: [new GatedAgent('gated', 'begun', 'never')] });
    env = { PARLEY_URL: gateway.url, PARLEY_API_KEY: ADMIN_KEY };
  });
  afterAll(() => gateway.stop());

  it('answers line by line in one session and ends with its input', async () => {
    const { code, stdout, stderr } = await runCli(['chat'], env, '/echo one\n/session\n/echo two\n');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'one\ntwo\n' });
    const show = await runCli(['sessions', 'show', stderr.trim()], env);
    expect(show.stdout).toContain('> /echo one');
    expect(show.stdout).toContain('> /echo two');
  });

  it('goes on in a session with --session, changes it with /switch and leaves it with /new', async () => {
    const { sessionId } = JSON.parse((await runCli(['send', '--json', '/echo old'], env)).stdout) as { sessionId: string };
    await runCli(['chat', '--session', sessionId], env, '/echo resumed\n/new\n/echo elsewhere\n/quit\n/echo never\n');
    const show = (await runCli(['sessions', 'show', sessionId], env)).stdout;
    expect(show).toContain('resumed');
    expect(show).not.toContain('elsewhere');
  });

  it('prints its own help for /help and gives the agent what begins with //', async () => {
    const { stdout, stderr } = await runCli(['chat'], env, '/help\n//echo slashed\n');
    expect(stderr).toContain('/switch ID');
    expect(stdout).toBe('slashed\n');
  });

  it('shows the calls of skills', async () => {
    const { stderr } = await runCli(['chat'], env, 'what is 6 * 7?\n');
    expect(stderr).toMatch(/· \S*calc\S* .*6/);
  });

  it('stops the running turn at Ctrl-C and goes on', async () => {
    const cli = startCli(['chat', '--agent', 'gated'], env);
    cli.child.stdin.write('go\n');
    await cli.printed('begun');
    cli.child.kill('SIGINT');
    await cli.printed('The turn was stopped.');
    cli.child.stdin.end('/quit\n');
    expect((await cli.result).code).toBe(0);
  });
});
