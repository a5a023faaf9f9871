import { sql, type RawBuilder } from 'kysely';
import { isId } from '#libs/contracts';
import type { Reach, SessionFilter } from '#libs/ports';
import { likePattern } from '../like-pattern.js';
import type { Reader } from './reader.js';
import { toStoredText } from './stored-text.js';

/** The ids of the sessions that are reached, fit the filter and come behind `before`, newest first. */
export function sessionIds(reader: Reader, reach: Reach, { agent, owner, text }: SessionFilter, before: string | null) {
  let query = reader
    .selectFrom('sessions as s')
    .select('s.id')
    .where('s.tenant_id', '=', reach.tenantId)
    .where('s.closing', '=', 0)
    .orderBy('s.id', 'desc');
  if (reach.sessionIds !== undefined) query = query.where('s.id', 'in', reach.sessionIds.filter(isId));
  const owners = [reach.sessionIds === undefined ? reach.owner : undefined, owner];
  for (const one of owners) {
    if (one !== undefined) query = query.where('s.owner_kind', '=', one.kind).where('s.owner_id', '=', toStoredText(one.id));
  }
  if (agent !== undefined) query = query.where('s.agent', '=', toStoredText(agent));
  if (text !== undefined) query = query.where(titleHas(text));
  return before === null ? query : query.where('s.id', '<', before);
}

/** A title is kept as it is or as JSON, see `toStoredText`. */
function titleHas(text: string): RawBuilder<boolean> {
  const plain = likePattern(text.toWellFormed());
  const json = likePattern(JSON.stringify(text).slice(1, -1));
  return sql<boolean>`s.title IS NOT NULL AND s.title LIKE iif(substr(s.title, 1, 1) = '"', ${json}, ${plain}) ESCAPE '!'`;
}
