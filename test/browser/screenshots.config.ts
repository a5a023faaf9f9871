import { mergeConfig } from 'vitest/config';
import browserTests from './vitest.config.js';

const config = mergeConfig(browserTests, {});
config.test = { ...config.test, include: ['test/browser/screenshots.ts'] };

export default config;
