import { SCOPES, type CreatedApiKey, type Scope } from '#libs/contracts';
import { parseFor, takesOnly, wholeNumber, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = {
  json: { type: 'boolean', default: false },
  name: { type: 'string' },
  scopes: { type: 'string' },
  overlap: { type: 'string' },
  cursor: { type: 'string' },
} as const;

const LONGEST_OVERLAP_S = 604_800;
const NAMES_A_KEY: ReadonlySet<string> = new Set(['rotate', 'revoke']);

/** Lists, makes, rotates and revokes API keys. A new key is printed once, alone on stdout. */
export async function keys(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  const [action = 'list', id, ...more] = positionals;
  if (more.length > 0 || (id !== undefined && !NAMES_A_KEY.has(action))) throw new UsageError(`too many arguments for keys ${action}`);
  const client = target.client();
  switch (action) {
    case 'list': {
      takesOnly('keys list', values, 'json', 'cursor');
      const page = await client.keys(values.cursor === undefined ? {} : { cursor: values.cursor });
      invocation.stdout.write(
        values.json
          ? `${JSON.stringify(page)}\n`
          : table(['ID', 'PREFIX', 'NAME', 'SCOPES', 'LAST USED'], page.items.map((key) => [key.id, key.prefix, key.name, key.scopes.join(','), key.lastUsedAt ?? 'never'])),
      );
      if (page.nextCursor !== null) invocation.stderr.write(`More: parley keys list --cursor ${page.nextCursor}\n`);
      return EXIT.ok;
    }
    case 'create':
      takesOnly('keys create', values, 'json', 'name', 'scopes');
      return printKey(invocation, await client.createKey({ name: values.name ?? 'unnamed', scopes: scopesOf(values.scopes ?? 'messages') }), values.json);
    case 'rotate': {
      takesOnly('keys rotate', values, 'json', 'overlap');
      const overlapSeconds = values.overlap === undefined ? 0 : wholeNumber('overlap', values.overlap, LONGEST_OVERLAP_S);
      return printKey(invocation, await client.rotateKey(needed(id, 'rotate'), overlapSeconds), values.json);
    }
    case 'revoke':
      takesOnly('keys revoke', values, 'json');
      await client.revokeKey(needed(id, 'revoke'));
      if (values.json) invocation.stdout.write(`${JSON.stringify({ id })}\n`);
      return EXIT.ok;
    default:
      throw new UsageError(`keys knows list, create, rotate and revoke, not ${action}`);
  }
}

function printKey({ stdout, stderr }: Invocation, created: CreatedApiKey, json: boolean): ExitCode {
  stdout.write(json ? `${JSON.stringify(created)}\n` : `${created.key}\n`);
  if (!json) stderr.write(`Key ${created.id} (${created.name}). It is shown only now.\n`);
  return EXIT.ok;
}

function scopesOf(text: string): Scope[] {
  return text.split(',').map((given) => {
    const scope = SCOPES.find((one) => one === given.trim());
    if (scope === undefined) throw new UsageError(`no such scope: ${given}; there are ${SCOPES.join(', ')}`);
    return scope;
  });
}

function needed(id: string | undefined, action: string): string {
  if (id === undefined) throw new UsageError(`keys ${action} takes the id of a key`);
  return id;
}
