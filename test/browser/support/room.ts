import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
import { SessionSchema } from '#libs/contracts';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { BreakableWire } from './breakable-wire.js';
import { launchChromium, signInWithKey, visit, type Visit } from './chromium.js';
import { PacedAgent } from './paced-agent.js';

/** A whole gateway behind a wire that can be cut, an agent that speaks on command, and a browser. */
export interface Room {
  readonly gateway: StartedGateway;
  readonly wire: BreakableWire;
  readonly agent: PacedAgent;
  readonly browser: Browser;
  visit(options?: BrowserContextOptions): Promise<Visit>;
  /** A visit that is signed in and looks at an empty conversation. */
  enter(options?: BrowserContextOptions): Promise<Visit>;
  /** Opens a new session whose agent is the paced one. */
  openPaced(page: Page, title?: string): Promise<string>;
  /** Ends the gateway in good order and starts it again on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openRoom(): Promise<Room> {
  const agent = new PacedAgent();
  const wire = await BreakableWire.lay();
  const start = async (dataDir?: string): Promise<StartedGateway> => {
    const started = await startGateway({ PUBLIC_URL: wire.url, SHUTDOWN_DRAIN_MS: '300' }, { agents: [agent], ...(dataDir === undefined ? {} : { dataDir }) });
    const address = started.app.getHttpServer().address();
    if (address === null || typeof address === 'string') throw new Error('the gateway does not listen on a port');
    wire.leadTo(address.port);
    return started;
  };
  let gateway = await start();
  const browser = await launchChromium();
  const enter = async (options?: BrowserContextOptions): Promise<Visit> => {
    const visited = await visit(browser, wire.url, options);
    await signInWithKey(visited.page, ADMIN_KEY);
    return visited;
  };
  return {
    get gateway() {
      return gateway;
    },
    wire,
    agent,
    browser,
    visit: (options) => visit(browser, wire.url, options),
    enter,
    async openPaced(page, title = 'Paced') {
      const response = await page.request.post('/api/v1/sessions', { data: { agent: 'paced', title }, headers: { origin: wire.url } });
      const session = SessionSchema.parse(await response.json());
      await page.goto(`/playground?session=${session.id}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      return session.id;
    },
    async restart() {
      await gateway.stop({ keepData: true });
      gateway = await start(gateway.dataDir);
    },
    async close() {
      await browser.close();
      await gateway.stop();
      await wire.remove();
    },
  };
}

/** Writes a message and sends it, as a person at a keyboard would. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill(text);
  await field.press('Enter');
}
