import { parseFor, takesOnly, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = { json: { type: 'boolean', default: false }, cursor: { type: 'string' } } as const;

/** Lists deliveries that were given up, or sends one again. */
export async function deadLetters(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  const [action = 'list', id, ...more] = positionals;
  const { stdout, stderr } = invocation;
  if (more.length > 0 || (action === 'list' && id !== undefined)) throw new UsageError(`too many arguments for dead-letters ${action}`);
  if (action === 'list') {
    const page = await target.client().deadLetters(values.cursor === undefined ? {} : { cursor: values.cursor });
    const rows = page.items.map((item) => [item.id, item.updatedAt, item.channel, item.to, item.reason ?? '']);
    stdout.write(values.json ? `${JSON.stringify(page)}\n` : table(['ID', 'GIVEN UP', 'CHANNEL', 'TO', 'REASON'], rows));
    if (page.nextCursor !== null) stderr.write(`More: parley dead-letters list --cursor ${page.nextCursor}\n`);
    return EXIT.ok;
  }
  if (action !== 'redrive') throw new UsageError(`dead-letters knows list and redrive, not ${action}`);
  takesOnly('dead-letters redrive', values, 'json');
  if (id === undefined) throw new UsageError('dead-letters redrive takes the id of a delivery');
  const delivery = await target.client().redrive(id);
  stdout.write(values.json ? `${JSON.stringify(delivery)}\n` : `Delivery ${delivery.id} is ${delivery.state}.\n`);
  return EXIT.ok;
}
