import type { z } from 'zod';
import { pageSchema } from '#libs/contracts';
import { http } from './client.js';

/** The most that a page of a list may hold. */
const PAGE = 200;
const PAGES_MAX = 10;

/** Reads a list that is short by its nature to its end; at most 2,000 rows. Throws as the client does. */
export async function readWhole<Row>(path: string, row: z.ZodType<Row>, signal: AbortSignal): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  for (let read = 0; read < PAGES_MAX; read += 1) {
    const search = new URLSearchParams({ limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
    const page: { readonly items: Row[]; readonly nextCursor: string | null } = await http.call('GET', `${path}?${search}`, pageSchema(row), { signal });
    rows.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return rows;
}
