import type { Settings } from '../../config/settings.js';
import { ProviderModel, type ProviderDeadlines, type ProviderModelOptions } from './provider-model.js';

type ProviderName = 'openai' | 'anthropic' | 'openai-compatible';
type Made = Pick<ProviderModelOptions, 'load' | 'call' | 'secrets'>;

/** How each provider's models are made. Its library is loaded at the first turn that needs it. */
const PROVIDERS: Readonly<Record<ProviderName, (model: string, settings: Settings) => Made>> = {
  openai: (model, { OPENAI_API_KEY: apiKey = '', OPENAI_BASE_URL: baseURL }) => ({
    load: async () => (await import('@ai-sdk/openai')).createOpenAI({ apiKey, ...(baseURL === undefined ? {} : { baseURL }) })(model),
    // By default the Responses API keeps each exchange at the provider.
    call: { providerOptions: { openai: { store: false } } },
    secrets: [apiKey],
  }),
  anthropic: (model, { ANTHROPIC_API_KEY: apiKey = '', ANTHROPIC_BASE_URL: baseURL }) => ({
    load: async () => (await import('@ai-sdk/anthropic')).createAnthropic({ apiKey, ...(baseURL === undefined ? {} : { baseURL }) })(model),
    secrets: [apiKey],
  }),
  'openai-compatible': (model, { OPENAI_COMPATIBLE_API_KEY: apiKey, OPENAI_COMPATIBLE_BASE_URL: baseURL = '' }) => ({
    load: async () => {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({ name: 'openai-compatible', baseURL, includeUsage: true, ...(apiKey === undefined ? {} : { apiKey }) })(model);
    },
    secrets: apiKey === undefined ? [] : [apiKey],
  }),
};

/** The model that `AGENT_MODEL` names, by the settings' keys and addresses; null when it is not one behind a provider. */
export function providerModel(settings: Settings, deadlines?: ProviderDeadlines): ProviderModel | null {
  const slash = settings.AGENT_MODEL.indexOf('/');
  const provider = settings.AGENT_MODEL.slice(0, slash);
  if (!isProvider(provider)) return null;
  const made = PROVIDERS[provider](settings.AGENT_MODEL.slice(slash + 1), settings);
  return new ProviderModel({ name: settings.AGENT_MODEL, provider, ...made }, deadlines);
}

function isProvider(name: string): name is ProviderName {
  return Object.hasOwn(PROVIDERS, name);
}
