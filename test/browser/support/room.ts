import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
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
  close(): Promise<void>;
}

export async function openRoom(): Promise<Room> {
  const agent = new PacedAgent();
  const wire = await BreakableWire.lay();
  const gateway = await startGateway({ PUBLIC_URL: wire.url }, { agents: [agent] });
  const address = gateway.app.getHttpServer().address();
  if (address === null || typeof address === 'string') throw new Error('the gateway does not listen on a port');
  wire.leadTo(address.port);
  const browser = await launchChromium();
  const enter = async (options?: BrowserContextOptions): Promise<Visit> => {
    const visited = await visit(browser, wire.url, options);
    await signInWithKey(visited.page, ADMIN_KEY);
    return visited;
  };
  return {
    gateway,
    wire,
    agent,
    browser,
    visit: (options) => visit(browser, wire.url, options),
    enter,
    async openPaced(page, title = 'Paced') {
      const response = await page.request.post('/api/v1/sessions', { data: { agent: 'paced', title }, headers: { origin: wire.url } });
      const session: unknown = await response.json();
      if (typeof session !== 'object' || session === null || !('id' in session) || typeof session.id !== 'string') {
        throw new Error(`no session was made: ${JSON.stringify(session)}`);
      }
      await page.goto(`/playground?session=${session.id}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      return session.id;
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
