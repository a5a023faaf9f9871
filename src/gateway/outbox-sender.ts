import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { failure, type Delivery, type Page, type SendThrough, type SentThrough } from '#libs/contracts';
import { BAD_CURSOR, ok, refused, type Outcome } from '#libs/channel-sdk';
import { Clock, IdGenerator, Outbox, toDelivery, type PageRequest } from '#libs/ports';
import { Config } from '../config/config.js';
import { ChannelRegistry } from './channel-registry.js';
import { exceeds } from './content-size.js';
import { OutboxWorker } from './outbox-worker.js';

const FULL_RETRY_AFTER_MS = 30_000;

const notFound = () => refused(failure('not_found', 'no such delivery'));
const full = () => refused(failure('overloaded', 'the outbox is full', { retryAfterMs: FULL_RETRY_AFTER_MS }));

/** How a message of the gateway's own accord was asked for. */
export interface SendVia {
  readonly key?: string | undefined;
  readonly requestId: string;
}

/** What goes out of the gateway's own accord, and what became of it. */
@Injectable()
export class OutboxSender {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
    private readonly outbox: Outbox,
    private readonly registry: ChannelRegistry,
    private readonly worker: OutboxWorker,
  ) {}

  /** Resolves once the message is on disk. With `key` the same message is sent once. The log tells of it under `requestId`. */
  async send(tenantId: string, name: string, { to, content }: SendThrough, { key, requestId }: SendVia): Promise<Outcome<SentThrough>> {
    if (this.registry.get(name) === null) return refused(failure('not_found', 'no such channel'));
    const channel = this.registry.outward(name);
    if (channel === null) return refused(failure('conflict', `the channel ${name} cannot send to somebody who is not connected`));
    const { MAX_MESSAGE_BYTES } = this.config.settings;
    if (exceeds(content, MAX_MESSAGE_BYTES)) return refused(failure('payload_too_large', `content is larger than ${MAX_MESSAGE_BYTES} bytes`));
    const address = await channel.address(to, tenantId);
    if (!address.ok) return address;
    const id = this.ids.next();
    const at = this.clock.now();
    const { target, to: recipient, secret } = address.value;
    const fingerprint = createHash('sha256').update(JSON.stringify([recipient, content])).digest('base64url');
    const payload = JSON.stringify({ type: 'message-sent', at: new Date(at).toISOString(), deliveryId: id, content });
    const made = { id, tenantId, channel: name, key: key ?? id, fingerprint, target, to: recipient, payload, requestId, at };
    const outcome = await this.outbox.enqueue(made);
    if (outcome.kind === 'full') return full();
    if (outcome.kind === 'conflict') return refused(failure('idempotency_conflict', 'this key was used for another message'));
    this.worker.wake();
    const { delivery } = outcome;
    const sent = { deliveryId: delivery.id, state: delivery.state, duplicate: outcome.kind === 'duplicate' };
    return ok(secret === undefined ? sent : { ...sent, secret });
  }

  async delivery(tenantId: string, id: string): Promise<Outcome<Delivery>> {
    const record = await this.outbox.find(id, tenantId);
    return record === null ? notFound() : ok(toDelivery(record));
  }

  async deadLetters(tenantId: string, page: PageRequest): Promise<Outcome<Page<Delivery>>> {
    const found = await this.outbox.deadLetters(tenantId, page);
    if (found === 'bad_cursor') return refused(BAD_CURSOR);
    return ok({ items: found.items.map(toDelivery), nextCursor: found.nextCursor });
  }

  async redrive(tenantId: string, id: string): Promise<Outcome<Delivery>> {
    const outcome = await this.outbox.redrive(id, tenantId, this.clock.now());
    switch (outcome.kind) {
      case 'redriven':
        this.worker.wake();
        return ok(toDelivery(outcome.delivery));
      case 'not_dead':
        return refused(failure('conflict', 'only a dead delivery can be sent again'));
      case 'not_found':
        return notFound();
      case 'full':
        return full();
    }
  }
}
