import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { reportUsage } from './report-usage.mjs';

// Socket.IO as it comes, with an authentication that compares one key, answering one command. The measure for our door.

const http = createServer();
const io = new Server(http, { perMessageDeflate: false, httpCompression: false, serveClient: false });
io.use((socket, next) => next(socket.handshake.auth.apiKey === process.env.ADMIN_API_KEY ? undefined : new Error('unauthenticated')));
io.on('connection', (socket) => {
  socket.on('unwatch-gateway', (_payload, ack) => ack({ ok: true }));
});
http.listen(0, '127.0.0.1', () => reportUsage(`http://127.0.0.1:${http.address().port}`));
