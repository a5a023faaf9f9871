import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '#libs/ports';
import { ProviderDownError } from '../../src/auth/sso/bounded-fetch.js';
import { SamlProvider } from '../../src/auth/sso/saml/saml-provider.js';
import { readConfig } from '../../src/config/config.js';
import { Log } from '../../src/observability/log.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00Z');

class SettableClock extends Clock {
  at = START;
  override now(): number {
    return this.at;
  }
}

let folder: string;
let file: string;
let clock: SettableClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
  file = join(folder, 'idp.xml');
  clock = new SettableClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const metadata = (entityId: string, validUntil: number) => `
  <EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}" validUntil="${new Date(validUntil).toISOString()}">
    <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
      <KeyDescriptor use="signing">
        <KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>MIIB</X509Certificate></X509Data></KeyInfo>
      </KeyDescriptor>
      <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
    </IDPSSODescriptor>
  </EntityDescriptor>`;

function provider(): SamlProvider {
  const config = readConfig({ DATA_DIR: folder, SAML_IDP_METADATA: file, SAML_ALLOWED_DOMAINS: 'example.com', LOG_LEVEL: 'silent' });
  return new SamlProvider(config, clock, new Log(config));
}

describe('the metadata of a SAML provider', () => {
  it('stays while no newer can be read, and no longer than it says itself', async () => {
    await writeFile(file, metadata('https://idp.example', START + 3 * HOUR));
    const saml = provider();
    await saml.onModuleInit();
    await writeFile(file, 'nothing of use');
    clock.at = START + 2 * HOUR;
    expect(await saml.metadata()).toMatchObject({ entityId: 'https://idp.example' });
    clock.at = START + 3 * HOUR;
    await expect(saml.metadata()).rejects.toThrow(ProviderDownError);
    await writeFile(file, metadata('https://idp.example', START + 9 * HOUR));
    expect(await saml.metadata()).toMatchObject({ entityId: 'https://idp.example' });
  });
});
