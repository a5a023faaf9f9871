import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';

const ARGUMENTS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run'];

/** Read for the first time from a slow disk it takes its time. */
const LAUNCH_WITHIN_MS = 150_000;

/** The system's own Chromium, without a window. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', args: ARGUMENTS, timeout: LAUNCH_WITHIN_MS });
}

/** A page in a fresh profile, and everything that went wrong in it. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Console errors, uncaught exceptions and violations of the content security policy, in order. */
  readonly faults: string[];
}

const EXPECTED_OFFLINE = /ERR_CONNECTION|ERR_INTERNET_DISCONNECTED|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|WebSocket connection to/;
// Chromium itself reports every refused request as an error; the page asks whether it is signed in by such a request.
const EXPECTED_REFUSAL = /Failed to load resource: the server responded with a status of (401|400|404)/;

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ baseURL: url, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' || EXPECTED_OFFLINE.test(message.text()) || EXPECTED_REFUSAL.test(message.text())) return;
    faults.push(`console: ${message.text()}`);
  });
  await page.addInitScript({
    content: "addEventListener('securitypolicyviolation', (event) => console.error('policy:', event.violatedDirective, event.blockedURI));",
  });
  return { context, page, faults };
}

/** Signs in as a person would who has a key. */
export async function signInWithKey(page: Page, key: string): Promise<void> {
  await page.goto('/playground');
  await page.getByRole('textbox', { name: 'API key' }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
}

/** The same at a page of the console; ends when that page stands there. */
export async function signInAt(page: Page, path: string, key: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('textbox', { name: 'API key' }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#page h1').waitFor();
}
