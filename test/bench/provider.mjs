import { createServer } from 'node:http';
import { reportUsage } from './report-usage.mjs';

// A model provider that answers at once: Chat Completions as OpenAI streams them, two chunks and the end.

const chunk = (delta, finish = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const ANSWER = `${chunk({ role: 'assistant', content: 'It will be ' })}${chunk({ content: 'x'.repeat(200) })}${chunk({}, 'stop')}data: [DONE]\n\n`;

const http = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(ANSWER);
  });
});
http.listen(0, '127.0.0.1', () => reportUsage(`http://127.0.0.1:${http.address().port}`));
