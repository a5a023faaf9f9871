import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { hasTool } from '../support/outside-tools.js';
import { conversationsOf, converse, rewriteConversations, withoutChance } from './conversations.js';

const ROOT = join(import.meta.dirname, '..', '..');
/** The documents whose `console` blocks are run. */
const DOCUMENTS = ['README.md', 'docs/quick-start.md', 'docs/doors.md'];
const ADDRESS = 'http://127.0.0.1:3000';
const TIME_LIMIT_MS = 240_000;

/** Set by `npm run transcripts`: the documents take what the program answers instead of being held to it. */
const REWRITE = process.env['REWRITE_DOCUMENTS'] !== undefined;

describe('the documents', () => {
  let gateway: GatewayProcess;

  beforeAll(async () => {
    gateway = await startGatewayProcess({ ADMIN_API_KEY: '' });
  });

  afterAll(() => gateway.stop(), 60_000);

  it('show the JavaScript example as it is', () => {
    const example = readFileSync(join(ROOT, 'examples/javascript/chat.mjs'), 'utf8');
    const block = /^```js\n([\s\S]*?)^```$/m;
    const readme = join(ROOT, 'README.md');
    const document = readFileSync(readme, 'utf8');
    if (REWRITE) writeFileSync(readme, document.replace(block, () => `\`\`\`js\n${example}\`\`\``));
    else expect(block.exec(document)?.[1]).toBe(example);
  });

  it.each(DOCUMENTS)('%s shows conversations that the program really has', async (name) => {
    const path = join(ROOT, name);
    const document = readFileSync(path, 'utf8');
    const exchanges = conversationsOf(document).filter(({ command }) => hasToolFor(command));
    const { port } = new URL(gateway.url);
    const answers = await converse(
      exchanges.map(({ command }) => command.replaceAll(ADDRESS, gateway.url)),
      {
        cwd: ROOT,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: port, DATA_DIR: gateway.dataDir, PARLEY_URL: gateway.url },
        timeoutMs: TIME_LIMIT_MS - 10_000,
      },
    );
    if (REWRITE) {
      let next = 0;
      const rewritten = rewriteConversations(document, (block) =>
        block.map(({ command }) => `$ ${command}\n${endLine((answers[next++] ?? '').replaceAll(gateway.url, ADDRESS))}`).join(''),
      );
      writeFileSync(path, rewritten);
    }
    const told = conversationsOf(readFileSync(path, 'utf8'))
      .filter(({ command }) => hasToolFor(command))
      .map(({ answer }) => withoutChance(answer));
    expect(answers.map(withoutChance)).toEqual(told);
    expect(exchanges.length).toBeGreaterThan(2);
  }, TIME_LIMIT_MS);
});

/** curl and python3 are not part of what a clone needs; `what-is-left-out.ts` tells when they are missing. */
function hasToolFor(command: string): boolean {
  return hasTool(command.split(' ', 1)[0] ?? '');
}

function endLine(text: string): string {
  const whole = text.trimEnd();
  return whole === '' ? '' : `${whole}\n`;
}
