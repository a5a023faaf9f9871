import type { Script, Wire } from './wire.js';

/** `POST /chat/completions` with `stream: true`, as OpenAI documents it and many servers copy it. */
export const chatCompletionsWire: Wire = {
  model: 'openai-compatible/tiny',
  path: '/v1/chat/completions',
  keyHeader: { name: 'authorization', value: (key) => `Bearer ${key}` },
  conversation: 'messages',
  settings: (url, key) => ({ OPENAI_COMPATIBLE_BASE_URL: url, OPENAI_COMPATIBLE_API_KEY: key }),
  errorBody: (message) => ({ error: { message, type: 'invalid_request_error', param: null, code: null } }),
  errorFrame: (kind, message) => frame({ error: { message, type: kind === 'server' ? 'server_error' : 'requests', code: kind === 'server' ? null : 'rate_limit_exceeded' } }),
  thinking: () => [chunk({ role: 'assistant', content: '' }), chunk({ reasoning_content: 'Hm.' })],
  frames({ text = [], calls = [], end = 'stop' }: Script) {
    const spoken = text.map((content) => chunk({ content }));
    const called = calls.flatMap((call, index) => [
      chunk({ tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }] }),
      ...call.arguments.map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]);
    const reason = end === 'content-filter' ? 'content_filter' : calls.length > 0 ? 'tool_calls' : 'stop';
    const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
    return [
      chunk({ role: 'assistant', content: '' }),
      ...spoken,
      ...called,
      chunk({}, reason),
      frame({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'tiny', choices: [], usage }),
      'data: [DONE]\n\n',
    ];
  },
};

function chunk(delta: object, finish: string | null = null): string {
  return frame({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'tiny', choices: [{ index: 0, delta, finish_reason: finish }] });
}

function frame(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
