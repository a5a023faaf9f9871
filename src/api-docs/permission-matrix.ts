import { ROLES, SCOPES } from '#libs/contracts';
import { may, scopesOfRole, type Permission } from '#libs/policy';
import type { Route } from './open-api/route.js';

const YES = 'yes';
const NO = '';

/** Every route against every scope of a key and every role of an operator, as a table in Markdown. */
export function permissionMatrix(routes: readonly Route[]): string {
  const head = ['route', ...SCOPES.map((scope) => `\`${scope}\``), ...ROLES];
  const ordered = [...routes].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const open = ordered.filter(({ access }) => access?.kind === 'open');
  const any = ordered.filter(({ access }) => access?.kind === 'any-caller');
  const rows = ordered.flatMap((route) => (route.access?.kind === 'permission' ? [rowOf(route, route.access.permission)] : []));
  return (
    '# Permissions\n\nWhat the scope of a key, or the role of an operator, opens. Each alone is enough. Which sessions, keys or tenants a caller then ' +
    'finds is decided by whose they are: what belongs to somebody else is not found.\n\n' +
    table(head, rows) +
    `\nWith any good credential: ${list(any)}.\n\nOpen to all: ${list(open)}.\n\n` +
    'A route that does not say who may call it is refused to everybody, and a test fails.\n'
  );
}

function rowOf(route: Route, permission: Permission): string[] {
  const byScope = SCOPES.map((scope) => may({ scopes: new Set([scope]) }, permission));
  const byRole = ROLES.map((role) => may({ scopes: new Set(scopesOfRole(role)), role }, permission));
  return [nameOf(route), ...[...byScope, ...byRole].map((allowed) => (allowed ? YES : NO))];
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
