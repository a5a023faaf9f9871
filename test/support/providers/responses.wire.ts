import type { Script, Wire } from './wire.js';

const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1, model: 'gpt-tiny', service_tier: 'default' };

/** `POST /responses` with `stream: true`, OpenAI's Responses API. */
export const responsesWire: Wire = {
  model: 'openai/gpt-tiny',
  path: '/v1/responses',
  keyHeader: { name: 'authorization', value: (key) => `Bearer ${key}` },
  conversation: 'input',
  settings: (url, key) => ({ OPENAI_BASE_URL: url, OPENAI_API_KEY: key }),
  errorBody: (message) => ({ error: { message, type: 'invalid_request_error', param: null, code: null } }),
  errorFrame(kind, message) {
    const code = kind === 'server' ? 'server_error' : 'rate_limit_exceeded';
    return `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 9, code, message, param: null })}\n\n`;
  },
  thinking: () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [] };
    return [eventFrame({ type: 'response.created', response: RESPONSE }, 0), eventFrame({ type: 'response.output_item.added', output_index: 0, item }, 1)];
  },
  frames({ text = [], calls = [], end = 'stop' }: Script) {
    const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [] };
    const spoken =
      text.length === 0
        ? []
        : [
            { type: 'response.output_item.added', output_index: 0, item: { ...message, status: 'in_progress' } },
            ...text.map((delta) => ({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta })),
            { type: 'response.output_item.done', output_index: 0, item: { ...message, status: 'completed' } },
          ];
    const called = calls.flatMap((call, index) => {
      const item = { type: 'function_call', id: `fc_${call.id}`, call_id: call.id, name: call.name };
      const output_index = index + 1;
      return [
        { type: 'response.output_item.added', output_index, item: { ...item, arguments: '', status: 'in_progress' } },
        ...call.arguments.map((delta) => ({ type: 'response.function_call_arguments.delta', item_id: item.id, output_index, delta })),
        { type: 'response.output_item.done', output_index, item: { ...item, arguments: call.arguments.join(''), status: 'completed' } },
      ];
    });
    const usage = { input_tokens: 11, output_tokens: 7, total_tokens: 18 };
    const last =
      end === 'content-filter'
        ? { type: 'response.incomplete', response: { ...RESPONSE, status: 'incomplete', incomplete_details: { reason: 'content_filter' }, usage } }
        : { type: 'response.completed', response: { ...RESPONSE, status: 'completed', incomplete_details: null, usage } };
    return [{ type: 'response.created', response: RESPONSE }, { type: 'response.in_progress', response: RESPONSE }, ...spoken, ...called, last].map(eventFrame);
  },
};

function eventFrame(event: { readonly type: string; readonly [member: string]: unknown }, index: number): string {
  return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`;
}
