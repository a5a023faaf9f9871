import type { FastifyReply } from 'fastify';
import { AcceptedSchema, failure, ReplySchema, toProblem, type Accepted, type GatewayEvent, type TerminalEventType } from '#libs/contracts';
import { problemHeaders } from '../problem-answer.js';

/** A message whose turn was completed while its sender waited. */
export const AnsweredSchema = AcceptedSchema.extend({ reply: ReplySchema }).meta({ id: 'Answered' });

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: object;
}

/** The gateway's own share of the answer in milliseconds (W3C Server Timing): all the time but that spent waiting for the agent. */
export function serverTiming(reply: FastifyReply, waitedMs = 0): Record<string, string> {
  return { 'server-timing': `gateway;dur=${Math.max(0, reply.elapsedTime - waitedMs).toFixed(2)}` };
}

/** How a message whose turn was waited for is answered: its reply, or the problem it ended with. */
export function endedAnswer(accepted: Accepted, end: GatewayEvent<TerminalEventType>, publicUrl: string, requestId: string): Answer {
  if (end.type === 'turn-completed') {
    const reply = { content: end.content, meta: end.meta };
    return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: { ...accepted, status: 'completed', reply } };
  }
  const problem =
    end.type === 'turn-failed'
      ? { ...end.error, requestId }
      : toProblem(failure('cancelled', 'The turn was cancelled before it was completed.'), publicUrl, requestId);
  const { messageId, turnId, sessionId, seq } = accepted;
  const members = { messageId, turnId, sessionId, seq, ...(end.partial === undefined ? {} : { partial: end.partial }) };
  return { status: problem.status, headers: problemHeaders(problem), body: { ...problem, ...members } };
}
