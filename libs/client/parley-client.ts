import { z } from 'zod';
import {
  AcceptedSchema,
  ApiKeySchema,
  AuditEntrySchema,
  AuditVerdictSchema,
  CancelledSchema,
  CrashLoopSchema,
  CreatedApiKeySchema,
  DiagnosisSchema,
  DeliverySchema,
  MessageSchema,
  pageSchema,
  ReplySchema,
  SessionSchema,
  TicketSchema,
  TraceSchema,
  type ApiKey,
  type AuditEntry,
  type AuditVerdict,
  type Cancelled,
  type CrashLoop,
  type CreateApiKey,
  type CreatedApiKey,
  type Delivery,
  type CreateSession,
  type Diagnosis,
  type GatewayEvent,
  type Message,
  type Page,
  type SendMessage,
  type Session,
  type Ticket,
  type Trace,
  type UpdateApiKey,
  type UpdateSession,
} from '#libs/contracts';
import { chunksOf } from './chunks-of.js';
import { HttpConnection, type HttpOptions } from './http-connection.js';
import { UnreachableError } from './problem-error.js';
import { readEvents } from './read-events.js';

export interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

export interface SendOptions {
  /** Seconds to wait for the reply, at most 60. */
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal;
}

/** An accepted message, with its reply when it came within the wait. */
const SentSchema = AcceptedSchema.extend({ reply: ReplySchema.optional() });
export type Sent = z.infer<typeof SentSchema>;

const LinkSchema = z.object({ url: z.string() });
export type SignInLink = z.infer<typeof LinkSchema>;

/** A large store takes its time to be copied before the answer begins. */
const BACKUP_WITHIN_MS = 15 * 60 * 1000;

const HealthSchema = z.object({ status: z.string() });

/** A gateway over HTTP. Methods throw `ProblemError` when it refuses and `UnreachableError` when nobody answers. */
export class ParleyClient {
  readonly #http: HttpConnection;

  constructor(options: HttpOptions) {
    this.#http = new HttpConnection(options);
  }

  /** Sends a message. With `waitSeconds`, a turn that failed or was cancelled in time throws its problem. */
  send(message: SendMessage, { waitSeconds, signal }: SendOptions = {}): Promise<Sent> {
    return this.#http.call('POST', '/api/v1/messages', SentSchema, {
      body: message,
      ...(waitSeconds === undefined ? {} : { headers: { Prefer: `wait=${waitSeconds}` }, extraMs: waitSeconds * 1000 }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /**
   * Sends a message and streams its events, from `message-accepted` to the end of the turn. A stream that breaks off throws `UnreachableError`;
   * sent again with the same `id` it begins anew and nothing is answered twice. Who stops reading cancels nothing.
   */
  async *stream(message: SendMessage, signal?: AbortSignal): AsyncGenerator<GatewayEvent, void, undefined> {
    yield* readEvents(await this.#http.open('POST', '/api/v1/chat/stream', { body: message, ...(signal === undefined ? {} : { signal }) }), signal);
  }

  /** The events of a session: live, or behind `after` first. Ends when the connection does. */
  async *sessionEvents(sessionId: string, after?: number, signal?: AbortSignal): AsyncGenerator<GatewayEvent, void, undefined> {
    const path = `/api/v1/sessions/${encodeURIComponent(sessionId)}/events${query({ after })}`;
    yield* readEvents(await this.#http.open('GET', path, signal === undefined ? {} : { signal }), signal);
  }

  message(id: string): Promise<Message> {
    return this.#http.call('GET', `/api/v1/messages/${encodeURIComponent(id)}`, MessageSchema);
  }

  /** The life of a message, step by step. */
  trace(id: string): Promise<Trace> {
    return this.#http.call('GET', `/api/v1/messages/${encodeURIComponent(id)}/trace`, TraceSchema);
  }

  cancelMessage(id: string): Promise<Cancelled> {
    return this.#http.call('POST', `/api/v1/messages/${encodeURIComponent(id)}/cancel`, CancelledSchema);
  }

  sessions(page: PageOptions = {}): Promise<Page<Session>> {
    return this.#http.call('GET', `/api/v1/sessions${query({ ...page })}`, pageSchema(SessionSchema));
  }

  session(id: string): Promise<Session> {
    return this.#http.call('GET', `/api/v1/sessions/${encodeURIComponent(id)}`, SessionSchema);
  }

  createSession(session: CreateSession = {}): Promise<Session> {
    return this.#http.call('POST', '/api/v1/sessions', SessionSchema, { body: session });
  }

  updateSession(id: string, change: UpdateSession): Promise<Session> {
    return this.#http.call('PATCH', `/api/v1/sessions/${encodeURIComponent(id)}`, SessionSchema, { body: change });
  }

  deleteSession(id: string): Promise<void> {
    return this.#http.callForNothing('DELETE', `/api/v1/sessions/${encodeURIComponent(id)}`);
  }

  messages(sessionId: string, page: PageOptions = {}): Promise<Page<Message>> {
    return this.#http.call('GET', `/api/v1/sessions/${encodeURIComponent(sessionId)}/messages${query({ ...page })}`, pageSchema(MessageSchema));
  }

  keys(page: PageOptions = {}): Promise<Page<ApiKey>> {
    return this.#http.call('GET', `/api/v1/keys${query({ ...page })}`, pageSchema(ApiKeySchema));
  }

  createKey(key: CreateApiKey): Promise<CreatedApiKey> {
    return this.#http.call('POST', '/api/v1/keys', CreatedApiKeySchema, { body: key });
  }

  updateKey(id: string, change: UpdateApiKey): Promise<ApiKey> {
    return this.#http.call('PATCH', `/api/v1/keys/${encodeURIComponent(id)}`, ApiKeySchema, { body: change });
  }

  /** The old secret works for `overlapSeconds` more. */
  rotateKey(id: string, overlapSeconds = 0): Promise<CreatedApiKey> {
    return this.#http.call('POST', `/api/v1/keys/${encodeURIComponent(id)}/rotate`, CreatedApiKeySchema, { body: { overlapSeconds } });
  }

  revokeKey(id: string): Promise<void> {
    return this.#http.callForNothing('DELETE', `/api/v1/keys/${encodeURIComponent(id)}`);
  }

  /** A single-use ticket for a user, so that their browser never holds a key. */
  createTicket(ticket: { userId: string; sessionIds?: string[]; ttlSeconds?: number }): Promise<Ticket> {
    return this.#http.call('POST', '/api/v1/tickets', TicketSchema, { body: ticket });
  }

  audit(filter: { actor?: string; action?: string; from?: string; to?: string } & PageOptions = {}): Promise<Page<AuditEntry>> {
    return this.#http.call('GET', `/api/v1/audit${query({ ...filter })}`, pageSchema(AuditEntrySchema));
  }

  /** Walks the whole audit log. */
  verifyAudit(): Promise<AuditVerdict> {
    return this.#http.call('POST', '/api/v1/audit/verify', AuditVerdictSchema, { body: {} });
  }

  /** Deliveries that were given up, newest first. */
  deadLetters(page: PageOptions = {}): Promise<Page<Delivery>> {
    return this.#http.call('GET', `/api/v1/dead-letters${query({ ...page })}`, pageSchema(DeliverySchema));
  }

  /** Sends a dead letter again. */
  redrive(id: string): Promise<Delivery> {
    return this.#http.call('POST', `/api/v1/dead-letters/${encodeURIComponent(id)}/redrive`, DeliverySchema);
  }

  /** Whether a crash loop keeps the doors closed. */
  crashLoop(): Promise<CrashLoop> {
    return this.#http.call('GET', '/api/v1/control-plane/crash-loop', CrashLoopSchema);
  }

  /** Opens the doors that a crash loop keeps closed. */
  releaseCrashLoop(): Promise<CrashLoop> {
    return this.#http.call('POST', '/api/v1/control-plane/crash-loop/release', CrashLoopSchema);
  }

  /** A new one-time link that signs an operator in. */
  newSignInLink(): Promise<SignInLink> {
    return this.#http.call('POST', '/auth/link/new', LinkSchema, { body: {} });
  }

  /** A copy of the gateway's whole store, as it is made; its SHA-256 (base64) comes first. For admins of the tenant `default`. */
  async backup(): Promise<{ readonly sha256: string; readonly chunks: AsyncIterable<Uint8Array> }> {
    const response = await this.#http.open('POST', '/api/v1/backups', { extraMs: BACKUP_WITHIN_MS });
    const sha256 = /^sha-256=:([A-Za-z0-9+/=]+):$/.exec(response.headers.get('repr-digest') ?? '')?.[1];
    if (sha256 === undefined) throw new UnreachableError('the gateway does not send backups');
    return { sha256, chunks: chunksOf(response) };
  }

  /** How the gateway does, and what to do about it. For admins of the tenant `default`. */
  diagnosis(): Promise<Diagnosis> {
    return this.#http.call('GET', '/api/v1/diagnosis', DiagnosisSchema);
  }

  health(): Promise<{ status: string }> {
    return this.#http.call('GET', '/health', HealthSchema);
  }
}

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}
