import { readConfig, type Config } from './config.js';

/** The settings from this process's environment. */
export function configFromEnvironment(): Config {
  return readConfig(process.env);
}
