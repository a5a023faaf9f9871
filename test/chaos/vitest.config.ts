import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  ssr: { resolve: { conditions: ['parley-source'] } },
  resolve: { conditions: ['parley-source'] },
  test: {
    include: ['test/chaos/**/*.chaos.ts'],
    testTimeout: 420_000,
    hookTimeout: 240_000,
    // A wait for a condition ends with the condition; only one that never comes takes this long.
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    maxWorkers: 1,
  },
});
