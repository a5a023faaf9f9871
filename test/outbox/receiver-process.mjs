// A receiver of its own that keeps a set of webhook-ids, as real services do, and also counts bare attempts. Over IPC it tells its port
// and each call, and learns how to answer. With a key and a certificate it speaks HTTPS.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';

const [keyFile, certFile] = process.argv.slice(2);
const held = [];
let holding = false;

const listener = (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    process.send({ kind: 'call', id: request.headers['webhook-id'], headers: request.headers, body: Buffer.concat(chunks).toString() });
    if (holding) held.push(response);
    else response.writeHead(204).end();
  });
};

process.on('message', (message) => {
  holding = message.holding;
  if (!holding) for (const response of held.splice(0)) response.writeHead(204).end();
});
process.on('disconnect', () => process.exit(0));

const server = keyFile === undefined ? createServer(listener) : createTlsServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, listener);
server.listen(0, '127.0.0.1', () => process.send({ kind: 'listening', port: server.address().port }));
