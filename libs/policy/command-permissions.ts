import { COMMANDS, failure, type CommandName, type Failure, type Principal } from '#libs/contracts';
import { may, PERMISSIONS, type Permission } from './permissions.js';

/** What a command on a socket needs. Which sessions it then finds is decided by whose they are. */
export const COMMAND_PERMISSIONS = {
  'send-message': PERMISSIONS.ownSessions,
  'cancel-turn': PERMISSIONS.ownSessions,
  'join-session': PERMISSIONS.readOwnSessions,
  'leave-session': PERMISSIONS.readOwnSessions,
  'watch-gateway': PERMISSIONS.readControlPlane,
  'unwatch-gateway': PERMISSIONS.readControlPlane,
} as const satisfies Record<CommandName, Permission>;

const permissions: ReadonlyMap<string, Permission> = new Map(Object.entries(COMMAND_PERMISSIONS));

/**
 * Why the principal may not give the command; null when it may, and of a name that is no command. A command that does not say who may
 * give it is refused to everybody.
 */
export function commandRefusal(principal: Pick<Principal, 'scopes' | 'role'>, name: string): Failure | null {
  const permission = permissions.get(name);
  if (permission !== undefined) return may(principal, permission) ? null : failure('permission_denied', `You may not give the command ${name}.`);
  return Object.hasOwn(COMMANDS, name) ? failure('permission_denied', 'Nobody may give this command: it does not say who may.') : null;
}
