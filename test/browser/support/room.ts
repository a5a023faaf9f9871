import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, expect as check } from 'vitest';
import { AcceptedSchema, CreatedApiKeySchema, OpenTurnSchema, pageSchema, SessionSchema, type Accepted } from '#libs/contracts';
import type { Agent } from '../../../src/orchestrator/agents/agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { BreakableWire } from './breakable-wire.js';
import { launchChromium, signInAt, signInWithKey, visit, type Visit } from './chromium.js';
import { PacedAgent } from './paced-agent.js';

/** What a room has besides the usual. */
interface RoomOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly agents?: readonly Agent[];
}

interface Furniture {
  readonly wire: BreakableWire;
  readonly browser: Browser;
  gateway: StartedGateway;
}

/** A whole gateway behind a wire that can be cut, an agent that speaks on command, a browser, and who came in. */
export class Room {
  readonly agent = new PacedAgent();
  #furniture: Furniture | null = null;
  #visits: Visit[] = [];

  constructor(private readonly options: RoomOptions = {}) {}

  get gateway(): StartedGateway {
    return this.#inside.gateway;
  }

  get wire(): BreakableWire {
    return this.#inside.wire;
  }

  get browser(): Browser {
    return this.#inside.browser;
  }

  async open(): Promise<void> {
    const wire = await BreakableWire.lay();
    const gateway = await this.#start(wire);
    this.#furniture = { wire, gateway, browser: await launchChromium() };
  }

  /** Somebody of whom nothing is known, with a fresh profile, before the first page. */
  async visit(options?: BrowserContextOptions): Promise<Page> {
    const visited = await visit(this.browser, this.wire.url, options);
    this.#visits.push(visited);
    return visited.page;
  }

  /** Somebody who is signed in and looks at an empty conversation. */
  async enter(options?: BrowserContextOptions): Promise<Page> {
    const page = await this.visit(options);
    await signInWithKey(page, ADMIN_KEY);
    return page;
  }

  /** Somebody who is signed in, as admin or by another key, and looks at a page of the console. */
  async enterConsole(path = '/console', options: BrowserContextOptions = {}, key = ADMIN_KEY): Promise<Page> {
    const page = await this.visit(options);
    await signInAt(page, path, key);
    return page;
  }

  /** Ends all visits, mends the wire, stops what still runs, forgets what the agent was to say; fails when anything went wrong in a page. */
  async leave(): Promise<void> {
    const visits = this.#visits;
    this.#visits = [];
    this.#furniture?.wire.mend();
    for (const { context } of visits) await context.close();
    if (this.#furniture !== null) await this.#stopTurns();
    this.agent.forget();
    check(visits.flatMap(({ faults }) => faults)).toEqual([]);
  }

  /** What a program with a key does, past the wire. */
  call(method: string, path: string, body?: object, key = ADMIN_KEY): Promise<Response> {
    const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    return fetch(`http://127.0.0.1:${portOf(this.gateway)}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** Somebody else says something, over HTTP. */
  async post(content: string, more: object = {}, key?: string): Promise<Accepted> {
    return AcceptedSchema.parse(await (await this.call('POST', '/api/v1/messages', { content, ...more }, key)).json());
  }

  async makeKey(name: string, scopes: readonly string[]): Promise<string> {
    return CreatedApiKeySchema.parse(await (await this.call('POST', '/api/v1/keys', { name, scopes })).json()).key;
  }

  /** Makes a session whose agent is the paced one; as who is signed in. */
  async makePaced(page: Page, title: string): Promise<string> {
    const response = await page.request.post('/api/v1/sessions', { data: { agent: 'paced', title }, headers: { origin: this.wire.url } });
    return SessionSchema.parse(await response.json()).id;
  }

  /** Opens a new session whose agent is the paced one. */
  async openPaced(page: Page, title = 'Paced'): Promise<string> {
    const id = await this.makePaced(page, title);
    await page.goto(`/playground?session=${id}`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    return id;
  }

  /** Ends the gateway in good order and starts it again on the same data. */
  async restart(): Promise<void> {
    const { gateway, wire } = this.#inside;
    await gateway.stop({ keepData: true });
    this.#inside.gateway = await this.#start(wire, gateway.dataDir);
  }

  async close(): Promise<void> {
    const furniture = this.#furniture;
    this.#furniture = null;
    await furniture?.browser.close();
    await furniture?.gateway.stop();
    await furniture?.wire.remove();
  }

  get #inside(): Furniture {
    if (this.#furniture === null) throw new Error('the room is not open');
    return this.#furniture;
  }

  /** A turn that went on would take the words that are meant for the next test. */
  async #stopTurns(): Promise<void> {
    const open = pageSchema(OpenTurnSchema).parse(await (await this.call('GET', '/api/v1/control-plane/queue?limit=200')).json());
    for (const { messageId } of open.items.toReversed()) await this.call('POST', `/api/v1/messages/${messageId}/cancel`);
  }

  async #start(wire: BreakableWire, dataDir?: string): Promise<StartedGateway> {
    const { settings = {}, agents = [] } = this.options;
    const gateway = await startGateway(
      { PUBLIC_URL: wire.url, SHUTDOWN_DRAIN_MS: '300', ...settings },
      { agents: [this.agent, ...agents], ...(dataDir === undefined ? {} : { dataDir }) },
    );
    wire.leadTo(portOf(gateway));
    return gateway;
  }
}

function portOf({ app }: StartedGateway): number {
  const address = app.getHttpServer().address();
  if (address === null || typeof address === 'string') throw new Error('the gateway does not listen on a port');
  return address.port;
}

/** One room for all tests of a file; each leaves it clean, and fails when anything went wrong in a page that it looked at. */
export function useRoom(options?: RoomOptions): Room {
  const room = new Room(options);
  beforeAll(() => room.open());
  afterEach(() => room.leave());
  afterAll(() => room.close());
  return room;
}

/** Writes a message and sends it, as a person at a keyboard would. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill(text);
  await field.press('Enter');
}
