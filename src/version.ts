import { createRequire } from 'node:module';
import { z } from 'zod';

const PackageSchema = z.object({ version: z.string() });

/** The version of this gateway, from its package. */
export const VERSION = PackageSchema.parse(createRequire(import.meta.url)('#package.json')).version;
