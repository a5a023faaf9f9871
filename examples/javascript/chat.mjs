import { io } from 'socket.io-client';

const socket = io(process.env.PARLEY_URL ?? 'http://127.0.0.1:3000', {
  auth: { apiKey: process.env.PARLEY_API_KEY },
  // What is not acknowledged in time is sent again, after a lost connection too.
  ackTimeout: 10_000,
  retries: 3,
});
const end = (code) => {
  process.exitCode = code;
  socket.close();
};

socket.on('connect_error', (error) => {
  console.error(error.data?.detail ?? error.message);
  end(1);
});
socket.on('tool-called', ({ skill, input }) => console.log(`[${skill} ${JSON.stringify(input)}]`));
socket.on('text-delta', ({ text }) => process.stdout.write(text));
socket.on('turn-completed', ({ meta }) => {
  console.log(`\n[${meta.model}]`);
  end(0);
});
socket.on('turn-failed', ({ error }) => {
  console.error(`\n${error.code}: ${error.detail}`);
  end(1);
});
socket.on('turn-cancelled', () => {
  console.error('\nThe turn was cancelled.');
  end(1);
});

// The id makes that safe: the gateway answers a message once.
const ack = await socket.emitWithAck('send-message', { id: crypto.randomUUID(), content: process.argv[2] ?? 'What is 6 * 7?' });
if (!ack.ok) {
  console.error(`${ack.error.code}: ${ack.error.detail}`);
  end(1);
}
