import { createApp, listen } from './create-app.js';
import { OneTimeLink } from './auth/one-time-link.js';
import { CliCredential } from './auth/cli-credential.js';
import { ConfigError, type Config } from './config/config.js';
import { configFromEnvironment } from './config/environment.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { onSignals } from './lifecycle/signals.js';
import { StoreOpenError } from './persistence/store-open-error.js';
import { VERSION } from './version.js';

/** Exit code for a wrong setting or a store that cannot be used (sysexits: EX_CONFIG). */
const EX_CONFIG = 78;

/** Runs the gateway until it is told to stop. The exit code says whether it went down in good order. */
export async function serve(): Promise<void> {
  try {
    await run(configFromEnvironment());
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StoreOpenError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EX_CONFIG);
  }
}

async function run(config: Config): Promise<void> {
  const app = await createApp(config);
  const lifecycle = app.get(Lifecycle);
  onSignals(
    () => {
      const force = setTimeout(() => process.exit(1), config.settings.SHUTDOWN_TOTAL_MS);
      void lifecycle.shutdown().then(({ clean }) => {
        clearTimeout(force);
        process.exit(clean ? 0 : 1);
      });
    },
    () => process.exit(1),
  );
  const url = await listen(app, config);
  await app.get(CliCredential).ensure();
  const link = await app.get(OneTimeLink).atFirstStart();
  if (link !== null) process.stdout.write(`Sign in once: ${link}\n`);
  process.stdout.write(`Parley ${VERSION} listening on ${url}\n`);
}
