import type { Page, Session } from '#libs/contracts';
import { call } from './call.js';

const PAGE = 30;

const pathOf = (id: string): string => `/api/v1/sessions/${encodeURIComponent(id)}`;

/** A page of sessions, newest first; throws `TroubleError`, as all here do. */
export async function listSessions(cursor: string | null): Promise<Page<Session>> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
  return (await call('GET', `/api/v1/sessions?${query}`)) as Page<Session>;
}

export async function getSession(id: string): Promise<Session> {
  return (await call('GET', pathOf(id))) as Session;
}

/** `null` takes the title away. */
export async function renameSession(id: string, title: string | null): Promise<Session> {
  return (await call('PATCH', pathOf(id), { title })) as Session;
}

export async function deleteSession(id: string): Promise<void> {
  await call('DELETE', pathOf(id));
}
