import { createServer } from 'node:http';
import { reportUsage } from './report-usage.mjs';

// A collector of traces that takes everything.

const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
});
server.listen(0, '127.0.0.1', () => reportUsage(`http://127.0.0.1:${server.address().port}`));
