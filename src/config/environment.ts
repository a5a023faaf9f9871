import { readConfig, type Config } from './config.js';
import { armedFailpoint, type ArmedFailpoint } from './failpoint.js';

/** The settings from this process's environment. */
export function configFromEnvironment(): Config {
  return readConfig(process.env);
}

/** Where a test wants this process to end; null everywhere else. */
export function failpointFromEnvironment(): ArmedFailpoint | null {
  return armedFailpoint(process.env);
}
