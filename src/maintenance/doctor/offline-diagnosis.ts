import type { Check, Diagnosis } from '#libs/contracts';
import { ConfigError, readConfig, type Config } from '../../config/config.js';
import { failed, good } from './check.js';
import { hostChecks } from './host-checks.js';
import { keysCheck, type KeyFacts } from './keys-check.js';
import { providerCheck } from './provider-check.js';

/** What a look into the store gave: its keys, and a line about it; or why it cannot be used. */
export type StoreLook = { readonly ok: true; readonly detail: string; readonly keys: readonly KeyFacts[] | null } | { readonly ok: false; readonly reason: string };

/** Looks at what a gateway would start on, while none runs. `look` opens the store that the settings name and changes nothing in it. */
export async function offlineDiagnosis(
  env: Readonly<Record<string, string | undefined>>,
  look: (config: Config) => Promise<StoreLook>,
  now: number,
): Promise<Diagnosis> {
  const config = configOf(env);
  if (config instanceof ConfigError) {
    return { checks: config.lines.map((line) => failed('settings', line, 'correct the variable, or unset it; docs/settings.md lists them all')) };
  }
  const { settings } = config;
  const [store, provider] = await Promise.all([look(config), providerCheck(settings)]);
  const keys = store.ok && store.keys !== null ? [keysCheck(store.keys, settings.ADMIN_API_KEY !== undefined, now)] : [];
  return { checks: [good('settings', 'all are valid'), databaseCheck(store), ...keys, provider, ...hostChecks(settings.DATA_DIR, now)] };
}

function databaseCheck(store: StoreLook): Check {
  if (store.ok) return good('database', store.detail);
  const split = store.reason.lastIndexOf(': ');
  return failed('database', store.reason.slice(0, split), store.reason.slice(split + 2));
}

function configOf(env: Readonly<Record<string, string | undefined>>): Config | ConfigError {
  try {
    return readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
