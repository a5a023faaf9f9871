// Writes the pages that are made from the code; with --check it fails when one of them is not what the code says.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERRORS } from '#libs/contracts';
import { metricsPage } from './metrics-page.mjs';
import { SettingsSchema, SETTINGS_NOT_YET } from '../dist/src/config/settings.js';

const root = join(import.meta.dirname, '..');
const MADE = '<!-- Made from the code by `npm run docs`. -->\n';

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |\n`;
const table = (head, rows) => row(head) + row(head.map(() => '---')) + rows.map(row).join('');

function defaultOf(schema) {
  const { success, data } = schema.safeParse(undefined);
  if (!success || data === undefined) return '–';
  return Array.isArray(data) ? 'none' : `\`${data}\``;
}

function settings() {
  const rows = Object.entries(SettingsSchema.shape).map(([name, schema]) => [`\`${name}\``, defaultOf(schema), schema.description ?? '']);
  const later = SETTINGS_NOT_YET.map((name) => `\`${name}\``).join(', ');
  return (
    `${MADE}# Settings\n\nSettings are environment variables; an empty one counts as not set. Durations are in milliseconds. ` +
    'A wrong setting ends the start with one line that names it and exit code 78.\n\n' +
    table(['variable', 'default', 'meaning'], rows) +
    `\nNot there yet, so that setting one stops the start: ${later}.\n`
  );
}

function errors() {
  const sections = Object.entries(ERRORS).map(
    ([code, { status, retryable, title, suggestion }]) => `## ${code}\n${title}. Status ${status}, ${retryable ? 'retryable' : 'not retryable'}. ${suggestion}\n`,
  );
  return (
    `${MADE}# Errors\n\nEvery refusal is a problem (RFC 9457) with one of these codes, the same on every door. \`retryable\` means: on a refusal the same ` +
    'call with the same id may succeed later; on an ended turn, the same message with a new id.\n\n' +
    sections.join('\n')
  );
}

/** The families as the running gateway makes them; nothing is read from what stands behind them. */
async function families() {
  const { Metrics } = await import('../dist/src/observability/metrics/metrics.js');
  const parts = ['call', 'message', 'process', 'span', 'store', 'turn'].map((name) => import(`../dist/src/observability/metrics/${name}-metrics.js`));
  const { StandingFigures } = await import('../dist/src/metrics/standing-figures.js');
  const metrics = new Metrics();
  for (const part of await Promise.all(parts)) for (const Part of Object.values(part)) new Part(metrics);
  const silent = { settings: {}, watch: () => undefined, listen: () => undefined };
  new StandingFigures(metrics, silent, silent, silent, silent, silent, silent, silent);
  return metrics.registry.getMetricsAsArray();
}

/** Who may call what, as the routes of an app say that is built and opens no door. */
async function permissions() {
  const { readConfig } = await import('../dist/src/config/config.js');
  const { createApp } = await import('../dist/src/create-app.js');
  const { Lifecycle } = await import('../dist/src/lifecycle/lifecycle.js');
  const { Routes } = await import('../dist/src/api-docs/open-api/routes.js');
  const { permissionMatrix } = await import('../dist/src/api-docs/permission-matrix.js');
  const folder = mkdtempSync(join(tmpdir(), 'parley-docs-'));
  const app = await createApp(readConfig({ PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent' }));
  const page = permissionMatrix(await app.get(Routes).of(app));
  await app.get(Lifecycle).shutdown();
  rmSync(folder, { recursive: true, force: true });
  return page;
}

const pages = { 'docs/settings.md': settings(), 'docs/errors.md': errors(), 'docs/metrics.md': MADE + metricsPage(await families()), 'docs/permissions.md': MADE + (await permissions()) };
mkdirSync(join(root, 'docs'), { recursive: true });
for (const [path, text] of Object.entries(pages)) {
  const file = join(root, path);
  const written = existsSync(file) ? readFileSync(file, 'utf8') : null;
  if (written === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is not what the code says; run npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
