import type { BackEnd } from '../models/back-end.js';

/** The list of a provider's models: asked with our credentials, it costs no tokens. */
export interface ModelsList {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const SERVER_FAILURE = 500;

/** A provider, probed by its list of models. What answers works, also where there is no such list or we are limited. */
export class ProviderBackEnd implements BackEnd {
  constructor(
    readonly name: string,
    private readonly list: ModelsList,
  ) {}

  async probe(signal: AbortSignal): Promise<string | null> {
    try {
      const { status, body } = await fetch(this.list.url, { headers: this.list.headers, redirect: 'manual', signal });
      await body?.cancel();
      if (status === 401 || status === 403) return 'refuses our credentials';
      return status >= SERVER_FAILURE ? `answers HTTP ${status}` : null;
    } catch {
      return signal.aborted ? 'does not answer in time' : 'cannot be reached';
    }
  }
}
