import type { BrowserContextOptions, Page } from '@playwright/test';
import axe from 'axe-core';
import { z } from 'zod';

export const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
const AxeViolationsSchema = z.array(z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.object({ html: z.string() })) }));
/** What is looked for may come only with the answer of the gateway. */
const REACHED_WITHIN_MS = 30_000;

/** What axe finds that is serious or critical, one line each. The page must have been opened with `bypassCSP`. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate('axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)');
  return AxeViolationsSchema.parse(found)
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** Pixels by which the page is wider than the screen. */
export async function widthBeyondScreen(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** What one may call the element that has the focus: its labels, what it says, what it asks for. */
const NAMES_OF_FOCUSED = `(() => {
  const element = document.activeElement;
  if (element === null) return [];
  const labels = [...(element.labels ?? [])].map((label) => label.innerText);
  return [element.getAttribute('aria-label'), ...labels, element.innerText, element.placeholder, element.id].filter(Boolean).map((name) => name.trim());
})()`;
const NamesSchema = z.array(z.string());

/** Presses Tab, or what is given, until what has the focus is named so. */
export async function tabTo(page: Page, name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const deadline = Date.now() + REACHED_WITHIN_MS;
  while (Date.now() < deadline) {
    const names = NamesSchema.parse(await page.evaluate(NAMES_OF_FOCUSED));
    if (names.some((one) => name.test(one))) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the keyboard does not reach ${name}`);
}
