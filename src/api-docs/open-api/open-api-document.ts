import { Injectable, type INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ProblemSchema } from '#libs/contracts';
import { sessionCookie } from '../../auth/session-cookie.js';
import { Config } from '../../config/config.js';
import { VERSION } from '../../version.js';
import { operationObject } from './operation-object.js';
import { problemExamples, problemsOf } from './problems.js';
import type { Route } from './route.js';
import { Routes } from './routes.js';
import { SchemaSet } from './schema-set.js';
import { securitySchemes } from './security.js';
import { tagsOf } from './tags.js';

const INTRODUCTION =
  'The gateway for AI agents: every accepted message is kept, answered once, and streamed back through any door. ' +
  'Every refusal is a problem (RFC 9457); the codes are explained at `/docs/errors`. Lists are pages: `items` and `nextCursor`, null at the end. ' +
  'Clients must ignore fields that they do not know.';

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };

const HEADERS = {
  RequestId: { description: 'The id under which the request is logged; the one that was sent, when it is short and plain.', schema: text },
  Traceparent: { description: 'The trace of the answer (W3C Trace Context).', schema: text },
  RetryAfter: { description: 'Seconds after which the same call may succeed.', schema: { type: 'integer', minimum: 1 } },
  RateLimit: { description: 'What is left of the limits of the caller.', schema: text },
  RateLimitPolicy: { description: 'The limits of the caller.', schema: text },
  XRateLimitLimit: { description: 'Messages that the tightest limit allows.', schema: count },
  XRateLimitRemaining: { description: 'Messages that are left of it.', schema: count },
  XRateLimitReset: { description: 'Seconds until it is whole again.', schema: count },
  ServerTiming: { description: "The gateway's own share of the time (W3C Server Timing).", schema: text },
};

/** The description of every route of this app (OpenAPI 3.1), made at the first request from the schemas that validate. */
@Injectable()
export class OpenApiDocument {
  #app: INestApplication | null = null;
  #json: string | null = null;

  constructor(
    private readonly routes: Routes,
    private readonly config: Config,
  ) {}

  /** Says which app is described: Nest does not give an app to its own providers. */
  describe(app: INestApplication): void {
    this.#app = app;
  }

  async json(): Promise<string> {
    return (this.#json ??= JSON.stringify(await this.#write()));
  }

  async #write(): Promise<object> {
    if (this.#app === null) throw new Error('the document was asked for before it was told which app to describe');
    const schemas = new SchemaSet();
    schemas.write(ProblemSchema);
    const routes = await this.routes.of(this.#app, schemas);
    const {
      info: { contact: _, ...info },
      ...frame
    } = await this.#frame(routes);
    const paths: Record<string, Record<string, object>> = {};
    for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operationObject(route, schemas) };
    return {
      ...frame,
      info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
      paths,
      components: {
        ...frame.components,
        schemas: schemas.components,
        examples: problemExamples(new Set(routes.flatMap(problemsOf)), this.config.publicUrl),
        headers: HEADERS,
      },
    };
  }

  async #frame(routes: readonly Route[]): Promise<Omit<OpenAPIObject, 'paths'>> {
    const { DocumentBuilder } = await import('@nestjs/swagger');
    const builder = new DocumentBuilder().setOpenAPIVersion('3.1.0').setTitle('Parley').setVersion(VERSION).setDescription(INTRODUCTION);
    builder.addServer('/', 'This gateway.');
    for (const { name, description } of tagsOf(routes.map(({ path }) => path))) builder.addTag(name, description);
    for (const [name, scheme] of Object.entries(securitySchemes(sessionCookie(this.config).name))) builder.addSecurity(name, scheme);
    return builder.build();
  }
}
