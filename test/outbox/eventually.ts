import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is wanted; fails after `withinMs` with the last one. */
export async function eventually<Answer>(ask: () => Promise<Answer>, wanted: (answer: Answer) => boolean, withinMs = 30_000): Promise<Answer> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)}`);
    await delay(25);
  }
}
