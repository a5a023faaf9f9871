import { COMMAND_NAMES, ROLES, SCOPES } from '#libs/contracts';
import { COMMAND_PERMISSIONS, may, scopesOfRole, type Permission } from '#libs/policy';
import type { Route } from './open-api/route.js';

const YES = 'yes';
const NO = '';

/** Every route, and every command of a socket, against every scope of a key and every role of an operator, as a table in Markdown. */
export function permissionMatrix(routes: readonly Route[]): string {
  const columns = [...SCOPES.map((scope) => `\`${scope}\``), ...ROLES];
  const ordered = [...routes].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const open = ordered.filter(({ access }) => access?.kind === 'open');
  const any = ordered.filter(({ access }) => access?.kind === 'any-caller');
  const rows = ordered.flatMap((route) => (route.access?.kind === 'permission' ? [[nameOf(route), ...cellsOf(route.access.permission)]] : []));
  return (
    '# Permissions\n\nWhat the scope of a key, or the role of an operator, opens. Each alone is enough. Which sessions, keys or tenants a caller then ' +
    'finds is decided by whose they are: what belongs to somebody else is not found.\n\n' +
    table(['route', ...columns], rows) +
    `\nWith any good credential: ${list(any)}.\n\nOpen to all: ${list(open)}.\n\n` +
    '## Commands on sockets\n\n' +
    table(['command', ...columns], COMMAND_NAMES.map((name) => [name, ...cellsOf(COMMAND_PERMISSIONS[name])])) +
    '\nBare text on `/ws` is `send-message`.\n\n' +
    'A route or command that does not say who may use it is refused to everybody, and a test fails.\n'
  );
}

function cellsOf(permission: Permission): string[] {
  const byScope = SCOPES.map((scope) => may({ scopes: new Set([scope]) }, permission));
  const byRole = ROLES.map((role) => may({ scopes: new Set(scopesOfRole(role)), role }, permission));
  return [...byScope, ...byRole].map((allowed) => (allowed ? YES : NO));
}

function list(routes: readonly Route[]): string {
  return routes.length === 0 ? 'nothing' : routes.map(nameOf).join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function nameOf({ method, path }: Route): string {
  return `\`${method.toUpperCase()} ${path}\``;
}

function keyOf({ method, path }: Route): string {
  return `${path} ${method}`;
}
