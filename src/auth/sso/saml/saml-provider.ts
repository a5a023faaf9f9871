import { readFile } from 'node:fs/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '#libs/ports';
import { Config, ConfigError } from '../../../config/config.js';
import { Log } from '../../../observability/log.js';
import { boundedFetch, ProviderDownError } from '../bounded-fetch.js';
import { readIdpMetadata, type IdpMetadata } from './idp-metadata.js';

const KEPT_MS = 3_600_000;

/**
 * The SAML identity provider of the settings. A file is read at start, so that a wrong one stops it; an address is read when the
 * first operator wants to sign in, and again each hour, the last good answer staying while it cannot be reached and until its own end.
 */
@Injectable()
export class SamlProvider implements OnModuleInit {
  private known: IdpMetadata | null = null;
  private knownUntil = 0;
  private reading: Promise<IdpMetadata> | null = null;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get isConfigured(): boolean {
    return this.config.settings.SAML_IDP_METADATA !== undefined;
  }

  async onModuleInit(): Promise<void> {
    const source = this.config.settings.SAML_IDP_METADATA;
    if (source === undefined || isAddress(source)) return;
    try {
      await this.metadata();
    } catch (error) {
      throw new ConfigError([`SAML_IDP_METADATA: the file cannot be used: ${messageOf(error)}`]);
    }
  }

  /** Throws `ProviderDownError` when there is none that can be used. */
  async metadata(): Promise<IdpMetadata> {
    const now = this.clock.now();
    if (this.known !== null && now < Math.min(this.knownUntil, this.known.validUntil)) return this.known;
    this.reading ??= this.read().finally(() => (this.reading = null));
    return this.reading;
  }

  private async read(): Promise<IdpMetadata> {
    const source = this.config.settings.SAML_IDP_METADATA;
    if (source === undefined) throw new Error('SAML is not set up');
    try {
      const xml = isAddress(source) ? await download(source) : await readFile(source, 'utf8');
      this.known = await readIdpMetadata(xml, this.clock.now());
    } catch (error) {
      if (this.known === null || this.known.validUntil <= this.clock.now()) throw new ProviderDownError(`gave no metadata: ${messageOf(error)}`, { cause: error });
      this.log.warn('The metadata of the identity provider could not be read again; the last one stays', { error });
    }
    this.knownUntil = this.clock.now() + KEPT_MS;
    return this.known;
  }
}

async function download(url: string): Promise<string> {
  const response = await boundedFetch(url);
  if (response.status !== 200) throw new ProviderDownError(`answered with status ${response.status}`);
  return response.text();
}

function isAddress(source: string): boolean {
  return /^https?:/i.test(source);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unreadable';
}
