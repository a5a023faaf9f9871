import { isProblem, TroubleError, UNREACHABLE } from './trouble.js';

const DEADLINE_MS = 15_000;

/** Calls this gateway with the cookie of the page; resolves with the JSON of the answer, throws `TroubleError` on anything but success. */
export async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    answer = text === '' ? null : JSON.parse(text);
  } catch (error) {
    throw new TroubleError({ ...UNREACHABLE, detail: error instanceof Error ? error.message : UNREACHABLE.detail });
  }
  if (response.ok) return answer;
  throw new TroubleError(isProblem(answer) ? answer : UNREACHABLE);
}
