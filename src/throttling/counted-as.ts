import type { Author } from '#libs/contracts';

/** Ids of keys in the store are UUIDs; that of ADMIN_API_KEY is `admin`. Other operators are `local`, `oidc_…` and `saml_…`. */
const KEY_ID = /^(?:admin|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Whom limits and budgets know as one: an operator who signed in with a key counts as that key, so that a key has its limits once and
 * not once more at a page. Anybody else counts as themselves.
 */
export function countedAs({ kind, id }: Author): Author {
  return kind === 'operator' && KEY_ID.test(id) ? { kind: 'key', id } : { kind, id };
}
