import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage, Server } from 'node:http';
import { failure, FailureError, toProblem, type Failure } from '#libs/contracts';
import type { IdGenerator } from '#libs/ports';
import type { Config } from '../../config/config.js';
import { answerHeaders, setAnswerHeaders } from '../answer-headers.js';
import { answerOnSocket } from '../bare-answer.js';
import { answerClientError } from './client-error.js';
import { crossOrigin, originHeaders } from './cross-origin.js';
import { failureOf } from './failure-of.js';
import { readFormBody } from './form-body.js';
import { readJsonBody } from './json-body.js';
import { KnownRoutes } from './known-routes.js';
import { problemHeaders } from '../problem-answer.js';
import { requestId } from '../request-id.js';
import { ServerConnections } from './server-connections.js';
import { withoutSlash } from './without-slash.js';

/** What transports take beyond the limit of a message, in bytes (CONTRACT section 2). */
const TRANSPORT_HEADROOM_BYTES = 65_536;

const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;
/** Ids of users stand in addresses; the router would not find longer ones than 100. */
const LONGEST_ID = 128;
const MAX_HEADER_BYTES = 16_384;
const CAME_IN_PART = failure('shutting_down', 'The gateway is shutting down; the request came only in part.', { retryAfterMs: 2000 });

/**
 * The HTTP server of the gateway: bounded in size and time, every answer with request id and trace,
 * every refusal a problem. Nest's own body parsers are left out: ours refuse what JSON should not hold.
 */
export class HttpServer extends FastifyAdapter {
  readonly routes = new KnownRoutes();

  constructor(
    private readonly config: Config,
    private readonly ids: IdGenerator,
  ) {
    super(serverOptions(config, ids));
    const fastify = this.getInstance();
    fastify.removeAllContentTypeParsers();
    answerWhateverIsExpected(fastify.server);
    fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => readJsonBody(body));
    fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, readFormBody);
    fastify.addHook('onRoute', (route) => this.routes.add(route.url, route.method));
    fastify.addHook('onRequest', setAnswerHeaders);
    fastify.addHook('onRequest', requireHost);
    fastify.addHook('onRequest', requirePlainBody);
    fastify.addHook('onRequest', crossOrigin(config));
    fastify.addHook('onRequest', withoutSlash);
  }

  override registerParserMiddleware(): void {
    return;
  }

  /** From now on; call it when Socket.IO is bound, which takes the place of listeners that are there before it. */
  serverConnections(): ServerConnections {
    return new ServerConnections(this.getInstance().server, (request, socket) => {
      answerOnSocket(socket, toProblem(CAME_IN_PART, this.config.publicUrl, requestId(request.headers, this.ids)), request);
    });
  }
}

/** Node would answer 417 to expectations it does not know, without request id and problem; they may be ignored (RFC 9110, section 10.1.1). */
function answerWhateverIsExpected(server: Server): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** RFC 9112, section 3.2. Node would refuse it as well, but without request id and problem. */
function requireHost(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const missing = request.headers.host === undefined && request.raw.httpVersion === '1.1';
  done(missing ? FailureError.of('validation_failed', 'The Host header is missing.') : undefined);
}

/** Bodies are read as they are; a compressed one would only look malformed. */
function requirePlainBody(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  const plain = coding === '' || coding === 'identity';
  done(plain ? undefined : FailureError.of('unsupported_media_type', 'Send the body without a Content-Encoding.'));
}

/** Other offers, such as the `h2c` that some HTTP clients send with every request, may be ignored (RFC 9110, section 7.8). */
function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** What the router refuses before there is a route; its own words hold the address, in which there may be a ticket. */
function addressFailure(error: Error): Failure {
  const told = failureOf(error);
  return told === null || told.code === 'validation_failed' ? failure('validation_failed', 'The address is not well-formed.') : told;
}

function serverOptions(config: Config, ids: IdGenerator): FastifyHttpOptions<Server> {
  const { settings } = config;
  return {
    bodyLimit: settings.MAX_MESSAGE_BYTES + TRANSPORT_HEADROOM_BYTES,
    trustProxy: settings.TRUST_PROXY.length > 0 ? settings.TRUST_PROXY : false,
    requestTimeout: REQUEST_WITHIN_MS,
    routerOptions: { maxParamLength: LONGEST_ID },
    http: {
      requireHostHeader: false,
      headersTimeout: HEADERS_WITHIN_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: 5_000,
      shouldUpgradeCallback: asksForWebSocket,
    },
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => requestId(request.headers, ids),
    return503OnClosing: false,
    clientErrorHandler: answerClientError(config, ids),
    frameworkErrors(error, request, reply) {
      const problem = toProblem(addressFailure(error), config.publicUrl, request.id);
      const headers = { ...answerHeaders(request.raw, request.id), ...originHeaders(config, request.headers.origin), ...problemHeaders(problem) };
      reply.raw.writeHead(problem.status, headers).end(JSON.stringify(problem));
    },
  };
}
