import { z } from 'zod';
import { COMMANDS, failure, type CommandName, type CommandPayload, type Failure } from '#libs/contracts';
import { invalid, parseJson } from '#libs/channel-sdk';
import type { Ref } from './connection.js';

/** What a text frame says. */
export type Frame =
  | { readonly [Name in CommandName]: { readonly kind: 'command'; readonly name: Name; readonly ref?: Ref; readonly payload: CommandPayload<Name> } }[CommandName]
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'malformed'; readonly command: string; readonly ref?: Ref; readonly failure: Failure };

const UNKNOWN = 'unknown';
const MAX_NAME = 64;
const RefSchema = z.union([z.string().min(1).max(128), z.int()], 'must be a string of 1 to 128 characters').optional();

/** Reads a text frame: a command when it begins with `{`, otherwise the content of a message. */
export function readFrame(text: string): Frame {
  if (!text.startsWith('{')) return { kind: 'text', text };
  const parsed = parseJson(text);
  if (!parsed.ok) return { kind: 'malformed', command: UNKNOWN, failure: parsed.failure };
  const { type, ref: given, ...payload } = parsed.value as Readonly<Record<string, unknown>>;
  const command = typeof type === 'string' ? type.slice(0, MAX_NAME) : UNKNOWN;
  const ref = RefSchema.safeParse(given);
  if (!ref.success) return { kind: 'malformed', command, failure: invalid(ref.error.issues.map((issue) => ({ ...issue, path: ['ref'] }))) };
  const named = ref.data === undefined ? {} : { ref: ref.data };
  if (typeof type !== 'string' || !isCommand(type)) {
    const message = `must be one of ${Object.keys(COMMANDS).join(', ')}`;
    return { kind: 'malformed', command, ...named, failure: invalid([{ path: ['type'], message }]) };
  }
  return readCommand(type, payload, named);
}

function readCommand(name: CommandName, payload: object, named: { readonly ref?: Ref }): Frame {
  const read = COMMANDS[name].safeParse(payload);
  if (!read.success) return { kind: 'malformed', command: name, ...named, failure: invalid(read.error.issues) };
  return { kind: 'command', name, payload: read.data, ...named } as Frame;
}

function isCommand(type: string): type is CommandName {
  return Object.hasOwn(COMMANDS, type);
}

/** A frame that is not text. */
export const BINARY: Frame = { kind: 'malformed', command: UNKNOWN, failure: failure('unsupported_media_type', 'Send text frames; binary ones are not read.') };
