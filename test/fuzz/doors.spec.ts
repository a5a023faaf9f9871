import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { FrameSender, plainDoor, socketIoDoor } from './frame-sender.js';
import { body, bytes, frame, packet, request, streamRequest } from './hostile.js';
import { answerToBytes, complaintAbout } from './http-sender.js';

/** How many generated cases there are over all doors together. */
const CASES = Number(process.env['FUZZ_CASES'] ?? 2_000);
const SHARES = { http: 0.35, streams: 0.1, socketio: 0.25, websocket: 0.25, connections: 0.05 };
const BATCH = 20;
const TIME_LIMIT_MS = 120_000 + CASES * 8;
const KEYS = 24;

const batches = (share: number) => ({ numRuns: Math.ceil((CASES * share) / BATCH), interruptAfterTimeLimit: TIME_LIMIT_MS, markInterruptAsFailure: true, endOnFailure: true });
const batch = <Case>(of: fc.Arbitrary<Case>) => fc.array(of, { minLength: BATCH, maxLength: BATCH });

describe('whatever comes in, at any door', () => {
  let gateway: GatewayProcess;
  let keys: string[];
  let turn = 0;

  beforeAll(async () => {
    gateway = await startGatewayProcess({ LOG_LEVEL: 'warn' });
    // Reads have a limit for each principal: with several keys more of them are really answered.
    keys = await Promise.all(Array.from({ length: KEYS }, (_, index) => createKey(gateway.url, `fuzz ${index}`)));
  });

  afterEach(async () => {
    expect(gateway.running(), gateway.output().slice(-4_000)).toBe(true);
    await expect(echo(gateway.url)).resolves.toBe('still here');
  });

  afterAll(async () => {
    const code = await gateway.stop();
    expect(gateway.output()).not.toMatch(/unhandled|uncaught|"level":"?(error|fatal|50|60)|^ +at /im);
    expect(code).toBe(0);
  });

  const nextKey = () => keys[(turn += 1) % keys.length] ?? ADMIN_KEY;

  it('HTTP answers with a result or a problem of the contract, never with a fault', async () => {
    await fc.assert(
      fc.asyncProperty(batch(request), async (requests) => {
        const complaints = await Promise.all(requests.map((sent) => complaintAbout(gateway.url, nextKey(), sent)));
        expect(complaints.filter((complaint) => complaint !== null)).toEqual([]);
      }),
      batches(SHARES.http),
    );
  }, TIME_LIMIT_MS + 60_000);

  it('server-sent events are refused with a problem or end as promised', async () => {
    await fc.assert(
      fc.asyncProperty(batch(streamRequest), async (requests) => {
        const complaints = await Promise.all(requests.map((sent) => complaintAbout(gateway.url, nextKey(), sent)));
        expect(complaints.filter((complaint) => complaint !== null)).toEqual([]);
      }),
      batches(SHARES.streams),
    );
  }, TIME_LIMIT_MS + 60_000);

  it('Socket.IO answers or closes the connection, and never falls silent', async () => {
    const sender = new FrameSender(socketIoDoor(gateway.url, ADMIN_KEY));
    try {
      await fc.assert(
        fc.asyncProperty(batch(packet), async (packets) => {
          expect(await sender.complaintAbout(packets)).toBeNull();
        }),
        batches(SHARES.socketio),
      );
    } finally {
      sender.close();
    }
  }, TIME_LIMIT_MS + 60_000);

  it('the plain WebSocket answers or closes the connection, and never falls silent', async () => {
    const sender = new FrameSender(plainDoor(gateway.url, ADMIN_KEY));
    try {
      await fc.assert(
        fc.asyncProperty(batch(frame), async (frames) => {
          expect(await sender.complaintAbout(frames)).toBeNull();
        }),
        batches(SHARES.websocket),
      );
    } finally {
      sender.close();
    }
  }, TIME_LIMIT_MS + 60_000);

  it('half requests, broken upgrades and lies about lengths harm nothing', async () => {
    await fc.assert(
      fc.asyncProperty(batch(bytes), fc.array(body, { maxLength: 1 }), async (pieces, rest) => {
        const answers = await Promise.all(pieces.map((piece) => answerToBytes(gateway.url, piece + rest.join(''), 25)));
        expect(answers.filter((answer) => /^HTTP\/1\.1 5(?!03)/.test(answer))).toEqual([]);
      }),
      batches(SHARES.connections),
    );
  }, TIME_LIMIT_MS + 60_000);
});

async function createKey(url: string, name: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, scopes: ['messages', 'sessions:read', 'control:read', 'keys'] }),
  });
  const answer: unknown = await response.json();
  if (typeof answer !== 'object' || answer === null || !('key' in answer) || typeof answer.key !== 'string') throw new Error(JSON.stringify(answer));
  return answer.key;
}

/** A whole turn, as proof of health. */
async function echo(url: string): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json', prefer: 'wait=30' },
    body: JSON.stringify({ content: '/echo still here' }),
    signal: AbortSignal.timeout(40_000),
  });
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null && 'reply' in answer) {
    const { reply } = answer;
    if (typeof reply === 'object' && reply !== null && 'content' in reply) return reply.content;
  }
  return answer;
}
