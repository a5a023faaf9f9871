import type { Check } from '#libs/contracts';
import type { Settings } from '../../config/settings.js';
import { failed, good, warning } from './check.js';

const ANSWER_WITHIN_MS = 5000;
/** https://docs.anthropic.com/en/api/versioning */
const ANTHROPIC_VERSION = '2023-06-01';

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The setting that holds the key. */
  readonly key: string;
}

/** Whether the provider of the default agent answers and takes our key: the list of its models is asked for, which costs nothing. */
export async function providerCheck(settings: Settings): Promise<Check> {
  const asked = askedOf(settings);
  if (asked === null) return good('provider', `${settings.AGENT_MODEL} needs none`);
  const base = new URL(asked.url).origin;
  try {
    const { status } = await fetch(asked.url, { headers: asked.headers, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (status === 401 || status === 403) return failed('provider', `${base} refuses the key (HTTP ${status})`, `set ${asked.key} to a key that is valid there`);
    if (status < 400) return good('provider', `${base} answers and takes the key`);
    if (status < 500) return warning('provider', `${base} answers, but does not list its models (HTTP ${status})`, 'send one message to see whether turns work');
    return failed('provider', `${base} answers with HTTP ${status}`, 'wait, or look at the status page of the provider');
  } catch (error) {
    const reason = error instanceof Error && error.name === 'TimeoutError' ? `does not answer within ${ANSWER_WITHIN_MS} ms` : 'cannot be reached';
    return failed('provider', `${base} ${reason}`, 'check the address, the network and the proxy of this machine');
  }
}

function askedOf(settings: Settings): Asked | null {
  const { AGENT_MODEL: model } = settings;
  if (model.startsWith('openai/')) {
    const base = settings.OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
    return { url: `${base}/models`, headers: bearer(settings.OPENAI_API_KEY), key: 'OPENAI_API_KEY' };
  }
  if (model.startsWith('anthropic/')) {
    const base = settings.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com/v1';
    const headers = { 'x-api-key': settings.ANTHROPIC_API_KEY ?? '', 'anthropic-version': ANTHROPIC_VERSION };
    return { url: `${base}/models`, headers, key: 'ANTHROPIC_API_KEY' };
  }
  if (model.startsWith('openai-compatible/') && settings.OPENAI_COMPATIBLE_BASE_URL !== undefined) {
    return { url: `${settings.OPENAI_COMPATIBLE_BASE_URL}/models`, headers: bearer(settings.OPENAI_COMPATIBLE_API_KEY), key: 'OPENAI_COMPATIBLE_API_KEY' };
  }
  return null;
}

function bearer(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}
