import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '../../src/observability/metrics/metrics.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFile(join(root, path), 'utf8');

let gateway: StartedGateway;
let families: Map<string, Family>;

beforeAll(async () => {
  gateway = await startGateway();
  const made: object[] = gateway.app.get(Metrics, { strict: false }).registry.getMetricsAsArray();
  families = new Map(made.filter(isFamily).map((family) => [family.name, family]));
});
afterAll(() => gateway.stop());

/** The types of prom-client leave the labels out. */
function isFamily(metric: object): metric is Family {
  return 'labelNames' in metric && Array.isArray(metric.labelNames);
}

/** The family of a sample name; a histogram is asked for by its parts. */
function familyOf(sample: string): Family | undefined {
  const whole = families.get(sample);
  if (whole !== undefined) return whole.type === 'histogram' ? undefined : whole;
  const part = families.get(sample.replace(/_(bucket|sum|count)$/, ''));
  return part?.type === 'histogram' ? part : undefined;
}

/** What an expression asks for and no scrape would tell. */
function missingIn(expression: string): string[] {
  return [...expression.matchAll(/\b((?:parley|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, sample = '', selector = '']) => {
    const family = familyOf(sample);
    if (family === undefined) return [sample];
    const asked = [...selector.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label = '']) => label);
    return asked.filter((label) => ![...family.labelNames, 'instance', 'le'].includes(label)).map((label) => `${sample}{${label}}`);
  });
}

describe('what is deployed beside the gateway', () => {
  it('the dashboard asks only for figures and labels that there are, and for each figure of our own', async () => {
    const text = await read('deploy/grafana/parley.json');
    const { panels } = JSON.parse(text) as { panels: { title: string; targets: { expr: string }[] }[] };
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(expressions.flatMap(missingIn)).toEqual([]);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const asked = expressions.join(' ');
    const own = [...families.keys()].filter((name) => name.startsWith('parley_'));
    expect(own.filter((name) => !asked.includes(name))).toEqual([]);
  });

  it('the alerts ask only for figures and labels that there are, and each says what to do', async () => {
    const text = await read('deploy/prometheus/alerts.yml');
    const rules = text.split(/^ {6}- alert: /m).slice(1);
    expect(rules.length).toBeGreaterThan(10);
    for (const rule of rules) {
      const [name = ''] = rule.split('\n', 1);
      expect.soft(missingIn(/^ +expr: '(.*)'$/m.exec(rule)?.[1] ?? ''), name).toEqual([]);
      expect.soft(rule, name).toMatch(/severity: (warning|critical)\n[^]*summary: '.+'\n +description: '.+'/);
    }
  });

  it('docs/metrics.md is what the registry says', async () => {
    const { metricsPage } = (await import(join(root, 'scripts/metrics-page.mjs'))) as { metricsPage(made: readonly Family[]): string };
    const page = metricsPage([...families.values()]);
    expect(await read('docs/metrics.md')).toBe(`<!-- Made from the code by \`npm run docs\`. -->\n${page}`);
  });
});
