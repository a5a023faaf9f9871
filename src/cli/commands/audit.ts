import { parseFor, takesOnly, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = { json: { type: 'boolean', default: false }, cursor: { type: 'string' } } as const;

/** Shows the audit log, or has the whole of it verified: exit code 1 and the first wrong entry when it is not as it was written. */
export async function audit(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  const [action = 'list', ...more] = positionals;
  if (more.length > 0) throw new UsageError('too many arguments for audit');
  const { stdout, stderr } = invocation;
  const client = target.client();
  switch (action) {
    case 'list': {
      const page = await client.audit(values.cursor === undefined ? {} : { cursor: values.cursor });
      const rows = page.items.map(({ seq, at, actor, address, action: act, target: thing, outcome }) => {
        const who = actor === null ? '-' : `${actor.kind} ${actor.id}`;
        return [String(seq), at, who, address ?? '-', act, thing === null ? '-' : `${thing.kind} ${thing.id}`, outcome];
      });
      stdout.write(values.json ? `${JSON.stringify(page)}\n` : table(['SEQ', 'AT', 'WHO', 'FROM', 'WHAT', 'OF', 'OUTCOME'], rows));
      if (page.nextCursor !== null) stderr.write(`More: parley audit list --cursor ${page.nextCursor}\n`);
      return EXIT.ok;
    }
    case 'verify': {
      takesOnly('audit verify', values, 'json');
      const verdict = await client.verifyAudit();
      const { entries, broken } = verdict;
      const told = broken === null ? `${entries} entries, each as it was written` : `Entry ${broken.seq} ${broken.reason}`;
      stdout.write(`${values.json ? JSON.stringify(verdict) : told}\n`);
      return verdict.ok ? EXIT.ok : EXIT.failed;
    }
    default:
      throw new UsageError(`audit knows list and verify, not ${action}`);
  }
}
