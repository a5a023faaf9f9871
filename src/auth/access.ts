import { SetMetadata } from '@nestjs/common';
import type { Permission } from '#libs/policy';

/** Who may call a route. */
export type Access =
  | { readonly kind: 'open' }
  | { readonly kind: 'any-caller' }
  | { readonly kind: 'permission'; readonly permission: Permission };

export const ACCESS = 'parley:access';
export const TICKET_ALLOWED = 'parley:ticket-allowed';

const access = (value: Access) => SetMetadata(ACCESS, value);

/** The caller needs one of the scopes, or the role (CONTRACT section 6). */
export const Requires = (permission: Permission) => access({ kind: 'permission', permission });

/** Anybody may call it, with or without a credential; no caller is known inside. */
export const OpenToAll = () => access({ kind: 'open' });

/** Anybody who shows a good credential may call it, whatever it allows. */
export const AnyCaller = () => access({ kind: 'any-caller' });

/** The route also takes `?ticket=`, for browsers' `EventSource`, which sends no headers. */
export const TicketAllowed = () => SetMetadata(TICKET_ALLOWED, true);
