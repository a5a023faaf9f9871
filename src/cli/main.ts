import { visibleText } from '#libs/contracts';
import { VERSION } from '../version.js';
import { audit } from './commands/audit.js';
import { backup } from './commands/backup.js';
import { chat } from './commands/chat.js';
import { crashLoop } from './commands/crash-loop.js';
import { doctor } from './commands/doctor.js';
import { deadLetters } from './commands/dead-letters.js';
import { keys } from './commands/keys.js';
import { login } from './commands/login.js';
import { restore } from './commands/restore.js';
import { trace } from './commands/trace.js';
import { send } from './commands/send.js';
import { serve } from './commands/serve.js';
import { sessions } from './commands/sessions.js';
import type { Invocation } from './command-line.js';
import { readEnvironment } from './environment.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-code.js';
import { HELP } from './help.js';
import { UsageError } from './usage-error.js';

const COMMANDS = new Map<string, (invocation: Invocation) => Promise<ExitCode>>([
  ['serve', serve],
  ['login', login],
  ['chat', chat],
  ['send', send],
  ['keys', keys],
  ['sessions', sessions],
  ['dead-letters', deadLetters],
  ['trace', trace],
  ['doctor', doctor],
  ['backup', backup],
  ['restore', restore],
  ['audit', audit],
  ['crash-loop', crashLoop],
]);

const TARGET_OPTION = /^--(url|key)(=|$)/;
const ASKS_FOR_HELP: ReadonlySet<string> = new Set(['help', '--help', '-h']);

async function run([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === undefined || [name, ...optionsOf(args)].some((arg) => ASKS_FOR_HELP.has(arg))) {
    process.stdout.write(HELP);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === 'version' || name === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`there is no command named ${name}`);
  const { stdin, stdout, stderr } = process;
  return command({ args, environment: readEnvironment(), stdin, stdout, stderr });
}

/** The command's name first: people put where it goes to before it, too. What stands behind it counts more. */
function nameFirst(args: readonly string[]): readonly string[] {
  let at = 0;
  for (let arg = args[at]; arg !== undefined && TARGET_OPTION.test(arg); arg = args[at]) at += arg.includes('=') ? 1 : 2;
  return [...args.slice(at, at + 1), ...args.slice(0, at), ...args.slice(at + 1)];
}

/** The arguments before `--`; what is behind it is text. */
function optionsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).filter((arg) => arg.startsWith('-'));
}

/** Ends by itself once stdout is written; a pipe that was closed early (`| head`) is no error. */
process.stdout.on('error', () => process.exit(process.exitCode ?? EXIT.ok));
try {
  process.exitCode = await run(nameFirst(process.argv.slice(2)));
} catch (error) {
  const code = exitCodeOf(error);
  if (code === null) throw error;
  process.stderr.write(`parley: ${visibleText(error instanceof Error ? error.message : String(error))}\n`);
  if (code === EXIT.usage) process.stderr.write('See parley help.\n');
  process.exitCode = code;
}
process.stdin.unref?.();
