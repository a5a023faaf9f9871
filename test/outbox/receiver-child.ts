import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ReceivedCall {
  readonly kind: 'call';
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A receiver in a process of its own. */
export class ReceiverChild {
  readonly calls: ReceivedCall[] = [];
  readonly #child: ChildProcess;
  #port = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: ReceivedCall | { kind: 'listening'; port: number }) => {
      if (message.kind === 'call') this.calls.push(message);
      else this.#port = message.port;
    });
  }

  /** With a certificate, whose files go into `folder`, it speaks HTTPS. */
  static async open(folder: string, tls?: { readonly key: string; readonly cert: string }): Promise<ReceiverChild> {
    const files = [join(folder, 'receiver-key.pem'), join(folder, 'receiver-cert.pem')];
    if (tls !== undefined) await Promise.all([writeFile(files[0] ?? '', tls.key), writeFile(files[1] ?? '', tls.cert)]);
    const receiver = new ReceiverChild(fork(join(import.meta.dirname, 'receiver-process.mjs'), tls === undefined ? [] : files));
    await once(receiver.#child, 'message');
    return receiver;
  }

  get port(): number {
    return this.#port;
  }

  /** While it holds, calls get no answer; those that still wait get theirs when it stops holding. */
  hold(holding: boolean): void {
    this.#child.send({ holding });
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
