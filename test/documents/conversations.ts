import { spawn } from 'node:child_process';

/** One command of a document with the answer that stands below it. */
export interface Exchange {
  readonly command: string;
  readonly answer: string;
}

const BLOCK = /^```console\n([\s\S]*?)^```$/gm;

/** Replaces every console block by what `rewrite` makes of its exchanges. */
export function rewriteConversations(document: string, rewrite: (exchanges: readonly Exchange[]) => string): string {
  return document.replace(BLOCK, (_block, inside: string) => `\`\`\`console\n${rewrite(exchangesIn(inside))}\`\`\``);
}

function exchangesIn(block: string): Exchange[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((piece) => {
      const [command = '', ...answer] = piece.split('\n');
      return { command, answer: answer.join('\n').trimEnd() };
    });
}

/** All exchanges of a document, in order. */
export function conversationsOf(document: string): Exchange[] {
  return [...document.matchAll(BLOCK)].flatMap(([, inside = '']) => exchangesIn(inside));
}

/** What differs from run to run, by its kind: ids, times, durations. A stream's sign of life comes when it comes. */
export function withoutChance(text: string): string {
  return text
    .replaceAll(/^: still here\n\n?/gm, '')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replaceAll(/"(durationMs|queuedMs)":[\d.]+/g, '"$1":<ms>')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '<gateway>')
    .trimEnd();
}

/** Runs the commands one after another in one shell; answers what each printed on stdout and stderr. */
export async function converse(commands: readonly string[], options: { cwd: string; env: Record<string, string | undefined>; timeoutMs: number }): Promise<string[]> {
  const mark = `--- ${Math.random().toString(36).slice(2)} ---`;
  const shell = spawn('bash', ['-s'], { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'inherit'], timeout: options.timeoutMs });
  shell.stdin.end(`exec 2>&1\n${commands.map((command) => `${command}\nprintf '%s\\n' '${mark}'\n`).join('')}`);
  let printed = '';
  for await (const chunk of shell.stdout.setEncoding('utf8')) printed += String(chunk);
  return printed.split(`${mark}\n`).slice(0, commands.length);
}
