import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  ssr: { resolve: { conditions: ['parley-source'] } },
  resolve: { conditions: ['parley-source'] },
  test: {
    include: ['test/browser/**/*.browser.ts'],
    globalSetup: ['test/browser/build-console.ts'],
    testTimeout: 45_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
