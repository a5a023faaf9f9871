import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppOptions } from '../../src/app.module.js';
import { readConfig, type Config } from '../../src/config/config.js';
import { createApp, listen } from '../../src/create-app.js';
import { Lifecycle } from '../../src/lifecycle/lifecycle.js';

export const ADMIN_KEY = 'an-admin-key-for-tests-only-0123456789';

export interface StartedGateway {
  readonly url: string;
  readonly dataDir: string;
  readonly config: Config;
  readonly app: NestFastifyApplication;
  /** Shuts down in good order; the data folder goes with it unless `keepData` is set. */
  stop(options?: { readonly keepData?: boolean }): Promise<void>;
}

/** Starts the whole gateway in this process on a free port with SQLite in a fresh folder and `ADMIN_KEY` as its key. */
export async function startGateway(
  settings: Readonly<Record<string, string>> = {},
  options: AppOptions & { readonly dataDir?: string } = {},
): Promise<StartedGateway> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'parley-test-')));
  const config = readConfig({
    PORT: '0',
    DATA_DIR: dataDir,
    ADMIN_API_KEY: ADMIN_KEY,
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_PER_HOUR: '1000000',
    SHUTDOWN_DRAIN_MS: '2000',
    ...settings,
  });
  const app = await createApp(config, options);
  const url = await listen(app, config);
  return {
    url,
    dataDir,
    config,
    app,
    async stop({ keepData = false } = {}) {
      await app.get(Lifecycle).shutdown();
      if (!keepData) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
