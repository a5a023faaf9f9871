import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of that host which nobody listens on now; another program may take it meanwhile. Null when the host cannot be listened on. */
export async function freePort(host: string): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(0, host);
    await once(server, 'listening');
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : null;
  } catch {
    return null;
  } finally {
    server.close();
  }
}
