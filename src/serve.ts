import { ConfigError, type Config } from './config/config.js';
import { configFromEnvironment } from './config/environment.js';
import { StartRecord } from './health/crash-loop/start-record.js';
import { StoreOpenError } from './persistence/store-open-error.js';

/** Exit code for a wrong setting or a store that cannot be used (sysexits: EX_CONFIG). */
const EX_CONFIG = 78;

/** Runs the gateway until it is told to stop. The exit code says whether it went down in good order. */
export async function serve(): Promise<void> {
  let starts: StartRecord | null = null;
  try {
    const config = configFromEnvironment();
    starts = recordOf(config);
    const stopWatching = endedOnPurpose(starts);
    // Only now the gateway itself is loaded: a start that dies of that is on record, too.
    const { run } = await import('./run.js');
    await run(config, starts, stopWatching);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StoreOpenError)) throw error;
    starts?.withdraw();
    process.stderr.write(`${error.message}\n`);
    process.exit(EX_CONFIG);
  }
}

function recordOf({ settings }: Config): StartRecord | null {
  return settings.CRASH_LOOP_BREAKER ? StartRecord.begin(settings.DATA_DIR, Date.now()) : null;
}

/** A signal before anybody else listens for it ends the process as ever, and does not count as a death. Returns how this ends. */
function endedOnPurpose(starts: StartRecord | null): () => void {
  const end = (signal: NodeJS.Signals): void => {
    starts?.withdraw();
    stop();
    process.kill(process.pid, signal);
  };
  const stop = (): void => {
    process.off('SIGTERM', end);
    process.off('SIGINT', end);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  return stop;
}
