import type { Settings } from '../../config/settings.js';
import { leanFetch } from './lean-fetch.js';
import { ProviderBackEnd, type ModelsList } from './provider-back-end.js';
import { ProviderModel, type ProviderDeadlines, type ProviderModelOptions } from './provider-model.js';

type ProviderName = 'openai' | 'anthropic' | 'openai-compatible';
type Made = Pick<ProviderModelOptions, 'load' | 'call' | 'secrets'> & { readonly models: ModelsList };

/** Of its API, as its documentation wants it in each request. */
const ANTHROPIC_VERSION = '2023-06-01';

/** How each provider's models are made. Its library is loaded at the first turn that needs it. */
const PROVIDERS: Readonly<Record<ProviderName, (model: string, settings: Settings) => Made>> = {
  openai: (model, { OPENAI_API_KEY: apiKey = '', OPENAI_BASE_URL: baseURL }) => ({
    load: async () => (await import('@ai-sdk/openai')).createOpenAI({ apiKey, fetch: leanFetch, ...(baseURL === undefined ? {} : { baseURL }) })(model),
    // By default the Responses API keeps each exchange at the provider.
    call: { providerOptions: { openai: { store: false } } },
    secrets: [apiKey],
    models: { url: `${baseURL ?? 'https://api.openai.com/v1'}/models`, headers: { authorization: `Bearer ${apiKey}` } },
  }),
  anthropic: (model, { ANTHROPIC_API_KEY: apiKey = '', ANTHROPIC_BASE_URL: baseURL }) => ({
    load: async () => (await import('@ai-sdk/anthropic')).createAnthropic({ apiKey, fetch: leanFetch, ...(baseURL === undefined ? {} : { baseURL }) })(model),
    secrets: [apiKey],
    models: {
      url: `${baseURL ?? 'https://api.anthropic.com/v1'}/models?limit=1`,
      headers: { 'x-api-key': apiKey, 'anthropic-version': ANTHROPIC_VERSION },
    },
  }),
  'openai-compatible': (model, { OPENAI_COMPATIBLE_API_KEY: apiKey, OPENAI_COMPATIBLE_BASE_URL: baseURL = '' }) => ({
    load: async () => {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({ name: 'openai-compatible', baseURL, includeUsage: true, fetch: leanFetch, ...(apiKey === undefined ? {} : { apiKey }) })(model);
    },
    secrets: apiKey === undefined ? [] : [apiKey],
    models: { url: `${baseURL}/models`, headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` } },
  }),
};

/** The model that `AGENT_MODEL` names, by the settings' keys and addresses; null when it is not one behind a provider. */
export function providerModel(settings: Settings, deadlines?: ProviderDeadlines): ProviderModel | null {
  return made(settings.AGENT_MODEL, settings, deadlines);
}

/** The model of this name (`provider/model`); null when there is no such provider or the settings do not say how to reach it. */
export function namedModel(name: string, settings: Settings): ProviderModel | null {
  const { OPENAI_API_KEY, ANTHROPIC_API_KEY, OPENAI_COMPATIBLE_BASE_URL } = settings;
  const reached: Record<ProviderName, string | undefined> = {
    openai: OPENAI_API_KEY,
    anthropic: ANTHROPIC_API_KEY,
    'openai-compatible': OPENAI_COMPATIBLE_BASE_URL,
  };
  const [provider = '', model = ''] = name.split(/\/(.*)/s);
  return isProvider(provider) && model !== '' && reached[provider] !== undefined ? made(name, settings) : null;
}

function made(name: string, settings: Settings, deadlines?: ProviderDeadlines): ProviderModel | null {
  const slash = name.indexOf('/');
  const provider = name.slice(0, slash);
  if (!isProvider(provider)) return null;
  const { models, ...rest } = PROVIDERS[provider](name.slice(slash + 1), settings);
  return new ProviderModel({ name, provider, ...rest, backEnd: new ProviderBackEnd(provider, models) }, deadlines);
}

function isProvider(name: string): name is ProviderName {
  return Object.hasOwn(PROVIDERS, name);
}
