import { build } from 'vite';

/** Builds the page that the tests look at, so that no test passes on an old one. */
export default async function buildConsole(): Promise<void> {
  await build({ configFile: 'libs/console/vite.config.ts', logLevel: 'warn' });
}
