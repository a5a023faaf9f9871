import { ADMIN_KEY, type StartedGateway } from '../support/start-gateway.js';

/** One line of the text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

/** The families of a scrape by name (Prometheus text format 0.0.4). */
function readFamilies(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of text.split('\n')) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    if (help !== null) {
      current = { name: help[1] ?? '', help: help[2] ?? '', type: 'untyped', samples: [] };
      families.set(current.name, current);
      continue;
    }
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null && current !== undefined) {
      current = { ...current, type: type[2] ?? '' };
      families.set(current.name, current);
      continue;
    }
    const sample = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null || current === undefined) continue;
    const labels = Object.fromEntries([...(sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [name, value]));
    current.samples.push({ name: sample[1] ?? '', labels, value: Number(sample[3]) });
  }
  return families;
}

export async function scrape(gateway: StartedGateway, key: string = ADMIN_KEY): Promise<Map<string, Family>> {
  const answer = await fetch(`${gateway.url}/metrics`, { headers: { 'x-api-key': key } });
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}: ${await answer.text()}`);
  return readFamilies(await answer.text());
}

/** Sum of the samples of this name that carry these labels. */
export function total(families: ReadonlyMap<string, Family>, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const samples = [...families.values()].flatMap((family) => family.samples).filter((sample) => sample.name === name);
  return samples.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value)).reduce((sum, { value }) => sum + value, 0);
}
