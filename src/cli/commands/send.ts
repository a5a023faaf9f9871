import { text as readAll } from 'node:stream/consumers';
import type { Accepted, GatewayEvent, SendMessage } from '#libs/contracts';
import { ProblemError, type ParleySocket } from '#libs/client';
import { parseFor, wholeNumber, type Invocation } from '../command-line.js';
import { Conversation, type TurnEndEvent } from '../conversation.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { TurnPrinter } from '../turn-printer.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = {
  json: { type: 'boolean', default: false },
  session: { type: 'string' },
  agent: { type: 'string' },
  id: { type: 'string' },
  wait: { type: 'string' },
} as const;

const LONGEST_WAIT_S = 86_400;

/** Sends one message and streams the reply, or prints one JSON object. Ctrl-C stops the turn. */
export async function send(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  const waitSeconds = values.wait === undefined ? LONGEST_WAIT_S : wholeNumber('wait', values.wait, LONGEST_WAIT_S);
  const message: SendMessage = {
    content: await contentOf(positionals, invocation),
    ...(values.session === undefined ? {} : { sessionId: values.session }),
    ...(values.agent === undefined ? {} : { agent: values.agent }),
    ...(values.id === undefined ? {} : { id: values.id }),
  };
  const print = values.json ? printJson : printText;
  let socket: ParleySocket | null = null;
  try {
    socket = await target.socket();
    return await print(invocation, socket, message, waitSeconds);
  } catch (error) {
    if (values.json && error instanceof ProblemError) invocation.stdout.write(`${JSON.stringify({ error: error.problem })}\n`);
    throw error;
  } finally {
    socket?.close();
  }
}

async function contentOf(positionals: readonly string[], { stdin }: Invocation): Promise<string> {
  const [text, ...more] = positionals;
  if (text === undefined || more.length > 0) throw new UsageError('send takes one text; put it in quotes, or - to read it from stdin');
  const content = text === '-' ? (await readAll(stdin)).replace(/\n$/, '') : text;
  if (content === '') throw new UsageError('the text is empty');
  return content;
}

async function printText(invocation: Invocation, socket: ParleySocket, message: SendMessage, waitSeconds: number): Promise<ExitCode> {
  const printer = new TurnPrinter(invocation);
  const { end, accepted, interrupted } = await exchange(socket, message, waitSeconds, (event) => printer.print(event));
  if (end === null) printer.note(`Not finished yet: message ${accepted.messageId} in session ${accepted.sessionId}.`);
  return interrupted ? EXIT.interrupted : exitOf(end);
}

async function printJson(invocation: Invocation, socket: ParleySocket, message: SendMessage, waitSeconds: number): Promise<ExitCode> {
  const { end, accepted, interrupted } = await exchange(socket, message, waitSeconds, () => undefined);
  invocation.stdout.write(`${JSON.stringify({ ...accepted, ...outcomeOf(end) })}\n`);
  return interrupted ? EXIT.interrupted : exitOf(end);
}

interface Exchange {
  readonly accepted: Accepted;
  /** Null when it did not come within the wait. */
  readonly end: TurnEndEvent | null;
  readonly interrupted: boolean;
}

async function exchange(socket: ParleySocket, message: SendMessage, waitSeconds: number, heard: (event: GatewayEvent) => void): Promise<Exchange> {
  const conversation = new Conversation(socket, heard);
  let interrupted = false;
  let giveUp: (() => void) | undefined;
  const interrupt = (): void => {
    if (interrupted || conversation.running === null) process.exit(EXIT.interrupted);
    interrupted = true;
    conversation.stop().catch(() => giveUp?.());
  };
  process.on('SIGINT', interrupt);
  try {
    const accepted = await conversation.send(message);
    const timeUp = new Promise<null>((resolve) => {
      const timer = setTimeout(() => resolve(null), waitSeconds * 1000).unref();
      giveUp = () => {
        clearTimeout(timer);
        resolve(null);
      };
    });
    const end = await Promise.race([conversation.end(accepted.turnId), timeUp]);
    return { accepted, end, interrupted };
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function outcomeOf(end: TurnEndEvent | null): object {
  if (end === null) return {};
  if (end.type === 'turn-completed') return { status: 'completed', reply: { content: end.content, meta: end.meta } };
  const partial = end.partial === undefined ? {} : { partial: end.partial };
  return end.type === 'turn-failed' ? { status: 'failed', error: end.error, ...partial } : { status: 'cancelled', ...partial };
}

function exitOf(end: TurnEndEvent | null): ExitCode {
  if (end === null || end.type === 'turn-completed') return EXIT.ok;
  return EXIT.failed;
}
