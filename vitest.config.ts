import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['parley-source'] } },
  resolve: { conditions: ['parley-source'] },
  test: {
    include: ['test/**/*.spec.ts'],
    globalSetup: ['test/what-is-left-out.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
