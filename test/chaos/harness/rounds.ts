import { appendFile, readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What one round of kills came to, as it is kept between runs. */
const Round = z.strictObject({
  /** The round's place and everything that decides what it does: a round is made again when any of it differs. */
  name: z.string(),
  kills: z.int(),
  killsAtStart: z.int(),
  accepted: z.int(),
  turns: z.strictObject({ completed: z.int(), failed: z.int(), cancelled: z.int() }),
  zeros: z.record(z.string(), z.int()),
  broken: z.array(z.string()),
  repeatedCalls: z.array(z.string()),
  startedAgain: z.record(z.string(), z.int()),
  readyMs: z.array(z.number()),
  seconds: z.number(),
});
export type Round = z.infer<typeof Round>;

/** The rounds that a file keeps, so that a run that was cut off goes on where it was; without a file none. */
export class Rounds {
  readonly #done = new Map<string, Round>();

  private constructor(private readonly file: string | undefined) {}

  static async open(file: string | undefined): Promise<Rounds> {
    const rounds = new Rounds(file);
    if (file === undefined) return rounds;
    for (const line of (await contents(file)).split('\n').filter((text) => text !== '')) {
      const round = Round.parse(JSON.parse(line));
      rounds.#done.set(round.name, round);
    }
    return rounds;
  }

  has(name: string): boolean {
    return this.#done.has(name);
  }

  /** Those of the names that are done, in their order. */
  of(names: readonly string[]): Round[] {
    return names.flatMap((name) => this.#done.get(name) ?? []);
  }

  async add(round: Round): Promise<void> {
    this.#done.set(round.name, round);
    if (this.file !== undefined) await appendFile(this.file, `${JSON.stringify(round)}\n`);
  }
}

async function contents(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
