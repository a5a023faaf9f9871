import { contentText, visibleText, type Message } from '#libs/contracts';
import { parseFor, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = { json: { type: 'boolean', default: false }, cursor: { type: 'string' } } as const;

/** Lists sessions, or shows one with its messages. */
export async function sessions(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  const [action = 'list', id, ...more] = positionals;
  if (more.length > 0 || (action === 'list' && id !== undefined)) throw new UsageError(`too many arguments for sessions ${action}`);
  const client = target.client();
  const page = values.cursor === undefined ? {} : { cursor: values.cursor };
  if (action === 'list') {
    const list = await client.sessions(page);
    invocation.stdout.write(
      values.json ? `${JSON.stringify(list)}\n` : table(['ID', 'UPDATED', 'AGENT', 'TITLE'], list.items.map((session) => [session.id, session.updatedAt, session.agent, session.title ?? ''])),
    );
    tellMore(invocation, 'list', list.nextCursor);
    return EXIT.ok;
  }
  if (action !== 'show') throw new UsageError(`sessions knows list and show, not ${action}`);
  if (id === undefined) throw new UsageError('sessions show takes the id of a session');
  const [session, messages] = await Promise.all([client.session(id), client.messages(id, page)]);
  invocation.stdout.write(values.json ? `${JSON.stringify({ ...session, messages })}\n` : messages.items.map(told).join(''));
  tellMore(invocation, `show ${id}`, messages.nextCursor);
  return EXIT.ok;
}

function told(message: Message): string {
  const answer = message.reply?.content ?? message.error?.detail ?? `(${message.status})`;
  return visibleText(`> ${contentText(message.content)}\n${answer}\n\n`);
}

function tellMore({ stderr }: Invocation, what: string, cursor: string | null): void {
  if (cursor !== null) stderr.write(`More: parley sessions ${what} --cursor ${cursor}\n`);
}
