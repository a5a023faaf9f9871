import { CliCredential } from './auth/cli-credential.js';
import { OneTimeLink } from './auth/one-time-link.js';
import type { Config } from './config/config.js';
import { createApp, listen } from './create-app.js';
import type { StartRecord } from './health/crash-loop/start-record.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { onSignals } from './lifecycle/signals.js';
import { VERSION } from './version.js';

/** Starts the gateway and says on stdout when it is ready. `takesOver` is called once this listens for signals. */
export async function run(config: Config, starts: StartRecord | null, takesOver: () => void): Promise<void> {
  const app = await createApp(config, { starts });
  const lifecycle = app.get(Lifecycle);
  onSignals(
    () => {
      starts?.withdraw();
      const force = setTimeout(() => process.exit(1), config.settings.SHUTDOWN_TOTAL_MS);
      void lifecycle.shutdown().then(({ clean }) => {
        clearTimeout(force);
        process.exit(clean ? 0 : 1);
      });
    },
    () => process.exit(1),
  );
  takesOver();
  const url = await listen(app, config);
  await app.get(CliCredential).ensure();
  const link = await app.get(OneTimeLink).atFirstStart();
  if (link !== null) process.stdout.write(`Sign in once: ${link}\n`);
  if (starts?.looping !== true) starts?.ready();
  process.stdout.write(`Parley ${VERSION} listening on ${url}\n`);
}
