import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['parley-source'] } },
  resolve: { conditions: ['parley-source'] },
  test: {
    include: ['test/**/*.spec.ts'],
    globalSetup: ['test/what-is-left-out.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A wait for a condition ends with the condition; only one that never comes takes this long.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
