import type { Script, Wire } from './wire.js';

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-tiny', content: [], stop_reason: null, stop_sequence: null };
const START = { type: 'message_start', message: { ...MESSAGE, usage: { input_tokens: 11, output_tokens: 1 } } };

/** `POST /messages` with `stream: true`, Anthropic's Messages API. */
export const anthropicWire: Wire = {
  model: 'anthropic/claude-tiny',
  path: '/v1/messages',
  keyHeader: { name: 'x-api-key', value: (key) => key },
  conversation: 'messages',
  settings: (url, key) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key }),
  errorBody: (message) => ({ type: 'error', error: { type: 'invalid_request_error', message } }),
  errorFrame(kind, message) {
    const type = kind === 'server' ? 'overloaded_error' : 'rate_limit_error';
    return `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type, message } })}\n\n`;
  },
  thinking: () => {
    return [START, { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }].map(eventFrame);
  },
  frames({ text = [], calls = [], end = 'stop' }: Script) {
    const blocks = [
      ...(text.length === 0
        ? []
        : [{ start: { type: 'text', text: '' }, deltas: text.map((piece) => ({ type: 'text_delta', text: piece })) }]),
      ...calls.map((call) => ({
        start: { type: 'tool_use', id: call.id, name: call.name, input: {} },
        deltas: call.arguments.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
      })),
    ];
    const reason = end === 'content-filter' ? 'refusal' : calls.length > 0 ? 'tool_use' : 'end_turn';
    return [
      START,
      { type: 'ping' },
      ...blocks.flatMap(({ start, deltas }, index) => [
        { type: 'content_block_start', index, content_block: start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 7 } },
      { type: 'message_stop' },
    ].map(eventFrame);
  },
};

function eventFrame(event: { readonly type: string; readonly [member: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
