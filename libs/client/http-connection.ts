import type { z } from 'zod';
import { problemIn, ProblemError, UnreachableError } from './problem-error.js';

export interface HttpOptions {
  /** Address of the gateway, such as `http://127.0.0.1:3000`; in a browser '' is the page's own origin. */
  readonly url: string;
  /** Without one, a browser's cookie is what is sent. */
  readonly apiKey?: string;
  /** How long an answer may take; 30 s by default. */
  readonly deadlineMs?: number;
}

export interface CallOptions {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Added to the deadline. */
  readonly extraMs?: number;
}

const DEADLINE_MS = 30_000;

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Makes single HTTP calls. Throws `ProblemError` or `UnreachableError`; an abort of the caller's own throws as fetch does. */
export class HttpConnection {
  constructor(private readonly options: HttpOptions) {}

  /** Calls and reads the JSON of a successful answer by its schema. */
  async call<Value>(method: Method, path: string, schema: z.ZodType<Value>, options: CallOptions = {}): Promise<Value> {
    const body = await this.#within(options, async (signal) => this.#json(await this.#answer(method, path, options, signal)));
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw new UnreachableError(`${this.options.url} does not answer like a Parley gateway`);
    return parsed.data;
  }

  async callForNothing(method: Method, path: string, options: CallOptions = {}): Promise<void> {
    await this.#within(options, async (signal) => (await this.#answer(method, path, options, signal)).arrayBuffer());
  }

  /** Calls and gives the response once it is known to be a success; its body may take as long as it wants. */
  open(method: Method, path: string, options: CallOptions = {}): Promise<Response> {
    return this.#within(options, (signal) => this.#answer(method, path, options, signal));
  }

  async #within<Value>(options: CallOptions, run: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const own = options.signal;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), (this.options.deadlineMs ?? DEADLINE_MS) + (options.extraMs ?? 0));
    try {
      return await run(own === undefined ? deadline.signal : AbortSignal.any([own, deadline.signal]));
    } catch (error) {
      if (error instanceof ProblemError || error instanceof UnreachableError || own?.aborted === true) throw error;
      throw new UnreachableError(`no gateway answers at ${this.options.url}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(method: Method, path: string, { body, headers }: CallOptions, signal: AbortSignal): Promise<Response> {
    const { url, apiKey } = this.options;
    const response = await fetch(`${url}${path}`, {
      method,
      signal,
      headers: {
        ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const answer = await this.#json(response);
    const problem = problemIn(answer);
    if (problem === null) throw new UnreachableError(`${url} does not answer like a Parley gateway (HTTP ${response.status})`);
    throw new ProblemError(problem, typeof answer === 'object' ? { ...answer } : {});
  }

  async #json(response: Response): Promise<unknown> {
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new UnreachableError(`${this.options.url} does not answer like a Parley gateway (HTTP ${response.status})`, { cause: error });
    }
  }
}
