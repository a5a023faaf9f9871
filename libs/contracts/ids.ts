import { z } from 'zod';

/** An id made by the gateway: a UUID of version 7 (RFC 9562), lower case. */
export const IdSchema = z.uuidv7();

/**
 * A reference to something by id, as a client may send it. Any short string is well-formed:
 * an id that nobody made answers `not_found`, whatever its form.
 */
export const IdReferenceSchema = z.string().min(1).max(128);

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** True when `text` has the form of an id of ours; anything else cannot name a row and never reaches a database. */
export function isId(text: string): boolean {
  return ID.test(text);
}
