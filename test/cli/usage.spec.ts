import { describe, expect, it } from 'vitest';
import type { Invocation } from '../../src/cli/command-line.js';
import { audit } from '../../src/cli/commands/audit.js';
import { deadLetters } from '../../src/cli/commands/dead-letters.js';
import { keys } from '../../src/cli/commands/keys.js';
import { login } from '../../src/cli/commands/login.js';
import { restore } from '../../src/cli/commands/restore.js';
import type { ExitCode } from '../../src/cli/exit-code.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { runCommand } from '../maintenance/cli-invocation.js';

type Command = (invocation: Invocation) => Promise<ExitCode>;

const NOBODY = 'http://127.0.0.1:9';

/** Runs the command towards an address at which nobody answers: only what is refused before can be a usage error. */
const run = (command: Command, args: readonly string[]) => runCommand(command, args, { PARLEY_URL: NOBODY, DATA_DIR: '/nonexistent' });

describe('an option that means nothing to an action is a usage error, not silence', () => {
  it.each<[Command, string[], string]>([
    [keys, ['list', '--name', 'robot'], 'keys list does not take --name'],
    [keys, ['create', '--overlap', '5'], 'keys create does not take --overlap'],
    [keys, ['rotate', 'id', '--scopes', 'messages'], 'keys rotate does not take --scopes'],
    [keys, ['revoke', 'id', '--cursor', 'c'], 'keys revoke does not take --cursor'],
    [audit, ['verify', '--cursor', 'c'], 'audit verify does not take --cursor'],
    [deadLetters, ['redrive', 'id', '--cursor', 'c'], 'dead-letters redrive does not take --cursor'],
    [restore, ['file', '--url', NOBODY], 'restore writes into DATA_DIR on this machine; it takes neither --url nor --key'],
  ])('%o %j', async (command, args, message) => {
    await expect(run(command, args)).rejects.toEqual(new UsageError(message));
  });
});

describe('what cannot be sent is a usage error that does not show it', () => {
  it.each([
    ['an address with a password', ['--url', 'http://ann:secret@127.0.0.1:9']],
    ['a key of two lines', ['--key', 'secret\nsecret']],
    ['a key that is not ASCII', ['--key', 'sécret']],
  ])('%s', async (_name, args) => {
    const error: unknown = await run(login, args).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).not.toMatch(/s[eé]cret/);
  });
});
