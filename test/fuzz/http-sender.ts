import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { ERROR_CODES } from '#libs/contracts';
import type { HostileRequest } from './hostile.js';

const DEADLINE_MS = 60_000;
const codes = new Set<string>(ERROR_CODES);
const kept = new Agent({ keepAlive: true, maxSockets: 16 });
const fresh = new Agent({ keepAlive: false });

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const NO_ANSWER: Answer = { status: 0, type: '', text: '' };

/** Sends the request and says what is wrong with the answer; null when the answer is one that the contract allows. */
export async function complaintAbout(url: string, key: string, sent: HostileRequest): Promise<string | null> {
  // A kept connection may have been closed after the case before; on one of its own each request is answered.
  const { status, type, text } = (await answerTo(url, key, sent, kept)) ?? (await answerTo(url, key, sent, fresh)) ?? NO_ANSWER;
  if (status === NO_ANSWER.status) return `no answer: ${JSON.stringify(sent).slice(0, 2_000)}`;
  const about = `${sent.method} ${sent.target} → ${status} ${text.slice(0, 400)}`;
  if (status >= 500 && status !== 503) return about;
  if (status < 400 || sent.method === 'HEAD') return null;
  if (!type.startsWith('application/problem+json')) return `not a problem (${type}): ${about}`;
  const problem: unknown = JSON.parse(text);
  const known = typeof problem === 'object' && problem !== null && 'code' in problem && codes.has(String(problem.code)) && problem.code !== 'internal';
  return known ? null : `unknown code: ${about}`;
}

/** Null when the connection ended without an answer. */
function answerTo(url: string, key: string, sent: HostileRequest, agent: Agent): Promise<Answer | null> {
  const { promise, resolve } = Promise.withResolvers<Answer | null>();
  const { hostname, port } = new URL(url);
  const outgoing = request({
    agent,
    hostname,
    port,
    method: sent.method,
    path: sent.target,
    headers: { ...(sent.authenticated ? { authorization: `Bearer ${key}` } : {}), ...sent.headers },
  });
  const timer = setTimeout(() => outgoing.destroy(), DEADLINE_MS);
  timer.unref();
  const done = (response: IncomingMessage, text: string) => {
    clearTimeout(timer);
    resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text });
  };
  outgoing.on('response', (response) => {
    const endless = sent.target.includes('/events') && response.statusCode === 200;
    if (endless) {
      done(response, '');
      response.destroy();
      return;
    }
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => done(response, text)).on('error', () => resolve(null));
  });
  outgoing.on('error', () => {
    clearTimeout(timer);
    resolve(null);
  });
  outgoing.end(sent.body ?? undefined);
  return promise;
}

/** Writes bytes on a connection of its own, waits for the first answer or the end, and returns what came. */
export function answerToBytes(url: string, bytes: string, patienceMs: number): Promise<string> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(port), hostname);
  let text = '';
  const done = () => {
    clearTimeout(timer);
    socket.destroy();
    resolve(text);
  };
  const timer = setTimeout(done, patienceMs);
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    done();
  });
  socket.on('error', done).on('close', done);
  socket.on('connect', () => socket.write(bytes, 'latin1'));
  return promise;
}
