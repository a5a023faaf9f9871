import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { EgressGuard } from '../../src/egress-guard/egress-guard.js';
import { EgressRefusedError } from '../../src/egress-guard/egress-refused-error.js';
import { HostResolver, type ResolvedAddress } from '../../src/egress-guard/host-resolver.js';
import { certificateFor } from './certificate.js';
import { Receiver } from './receiver.js';

const PUBLIC: ResolvedAddress = { address: '8.8.8.8', family: 4 };
const LOOPBACK: ResolvedAddress = { address: '127.0.0.1', family: 4 };

/** Answers each question with the next list, as a hostile name server does. */
class ScriptedResolver extends HostResolver {
  readonly asked: string[] = [];

  constructor(private readonly answers: readonly (readonly ResolvedAddress[])[]) {
    super();
  }

  override async resolve(hostname: string): Promise<readonly ResolvedAddress[]> {
    const answer = this.answers[this.asked.length];
    this.asked.push(hostname);
    if (answer === undefined) throw new Error(`${hostname} was asked for once too often`);
    return answer;
  }
}

function guardWith(resolver: HostResolver, allowLoopback: boolean): EgressGuard {
  return new EgressGuard(readConfig({ ALLOW_LOOPBACK_EGRESS: String(allowLoopback) }), resolver);
}

function post(guard: EgressGuard, url: string, withinMs = 30_000) {
  return guard.post({ url, headers: { 'content-type': 'application/json' }, body: '{}', signal: AbortSignal.timeout(withinMs) });
}

describe('the egress guard', () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(() => receiver.close());

  it.each([
    ['a name that leads to this machine', [LOOPBACK]],
    ['a name one of whose addresses is private', [PUBLIC, { address: '10.0.0.1', family: 4 }]],
    ['a name that leads to a mapped address', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['a name that leads nowhere', []],
  ])('does not connect to %s', async (_what, addresses) => {
    const guard = guardWith(new ScriptedResolver([addresses]), false);
    await expect(post(guard, `https://rebound.test:${receiver.port}/`)).rejects.toThrow(EgressRefusedError);
    expect(receiver.calls).toEqual([]);
  });

  it('asks for a name once and connects to what was checked, under its name, so that a second answer changes nothing', async () => {
    const tls = await certificateFor('rebound.test');
    const secure = await Receiver.open(tls);
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, tls.cert]);
    try {
      const resolver = new ScriptedResolver([[LOOPBACK], [{ address: '10.0.0.1', family: 4 }]]);
      expect(await post(guardWith(resolver, true), `https://rebound.test:${secure.port}/`)).toMatchObject({ status: 204 });
      expect(resolver.asked).toEqual(['rebound.test']);
      expect(secure.calls.map(({ headers }) => headers.host)).toEqual([`rebound.test:${secure.port}`]);
      const impostor = guardWith(new ScriptedResolver([[LOOPBACK]]), true);
      await expect(post(impostor, `https://other.test:${secure.port}/`)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    } finally {
      setDefaultCACertificates(trusted);
      await secure.close();
    }
  });

  it('checks the name anew at each call', async () => {
    const resolver = new ScriptedResolver([[LOOPBACK], [{ address: '192.168.0.1', family: 4 }]]);
    const guard = guardWith(resolver, true);
    expect(await post(guard, `http://localhost:${receiver.port}/`)).toEqual({ status: 204, retryAfter: undefined });
    await expect(post(guard, `http://localhost:${receiver.port}/`)).rejects.toThrow(EgressRefusedError);
    expect(receiver.calls).toHaveLength(1);
  });

  it('lets calls to this machine out only where the operator allowed it', async () => {
    const system = new HostResolver();
    expect(await post(guardWith(system, true), `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ status: 204 });
    for (const url of [`https://127.0.0.1:${receiver.port}/`, `https://localhost:${receiver.port}/`, `https://[::1]:${receiver.port}/`]) {
      await expect(post(guardWith(system, false), url)).rejects.toThrow(EgressRefusedError);
    }
    expect(receiver.calls).toHaveLength(1);
  });

  it('never calls a private address, whatever is allowed and however it is written', () => {
    const guard = guardWith(new HostResolver(), true);
    for (const host of ['10.0.0.1', '169.254.169.254', '[::ffff:10.0.0.1]', '0xa.1', '167772161', '[fd00::1]', '0.0.0.0', '100.64.0.1']) {
      expect({ host, refusal: guard.refusalOf(`https://${host}/`) }).toEqual({ host, refusal: 'is not a public address' });
    }
  });

  describe('with a receiver that does not answer as it should', () => {
    let server: Server;
    const serve = async (text: string, end = false) => {
      server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => (end ? socket.end(text) : socket.write(text)));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    };
    afterEach(() => {
      server.close();
    });

    it('reads no more of a body than it needs', async () => {
      const url = await serve(`HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n${'x'.repeat(200_000)}`);
      expect(await post(guardWith(new HostResolver(), true), url)).toMatchObject({ status: 200 });
    });

    it('gives up at the deadline, also in the middle of an answer', async () => {
      const url = await serve('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx');
      await expect(post(guardWith(new HostResolver(), true), url, 300)).rejects.toThrow();
    });

    it('takes headers up to a bound', async () => {
      const url = await serve(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`, true);
      await expect(post(guardWith(new HostResolver(), true), url)).rejects.toThrow();
    });
  });
});
