import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT } from '#libs/contracts';
import type { AuditAct } from '../../audit/audit-act.js';
import { Audit, type AuditActor } from '../../audit/audit.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { TurnNotices, type EndedTurn } from '../../gateway/turn-notices.js';
import { VERSION } from '../../version.js';
import { EventFeed } from './event-feed.js';

/** Of these things operators hear what was changed. */
const TOLD = new Set(['key', 'channel', 'connection', 'deployment', 'agent']);
/** Failed turns of one tenant that are told one by one in this time; the others are counted. */
const FAILURES_EACH = 20;
const FAILURES_WINDOW_MS = 1000;

const PAST: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  rotate: 'rotated',
  revoke: 'revoked',
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  scale: 'scaled',
  cut: 'cut',
};

/** Brings into the feed what the gateway does and what is done to it. */
@Injectable()
export class EventSources {
  readonly #failures = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly feed: EventFeed,
    private readonly audit: Audit,
    private readonly notices: TurnNotices,
    private readonly lifecycle: Lifecycle,
  ) {}

  begin(): void {
    this.audit.whenMade((actor, act) => this.#changed(actor, act));
    this.notices.listen({ ended: (turn) => this.#ended(turn) });
    this.feed.tell(DEFAULT_TENANT, 'gateway-started', { version: VERSION });
    this.lifecycle.register('pre-drain', {
      name: 'operators are told',
      // Written while the rest goes on: this phase may have no time at all, and the last one waits for what is not written yet.
      run: () => {
        this.feed.tell(DEFAULT_TENANT, 'gateway-draining', {});
        void this.feed.flush();
      },
    });
    this.lifecycle.register('final', { name: 'events are written', run: () => this.feed.flush() });
  }

  #changed(actor: AuditActor | null, { action, target, after }: AuditAct): void {
    const [thing = '', verb = ''] = action.split('.');
    const past = PAST[verb];
    if (!TOLD.has(thing) || past === undefined) return;
    const by = actor === null ? null : { kind: actor.kind, id: actor.id };
    const now = thing === 'deployment' || thing === 'agent' ? { after } : {};
    this.feed.tell(actor?.tenantId ?? DEFAULT_TENANT, `${thing}-${past}`, { id: target?.id ?? null, by, ...now });
  }

  #ended({ tenantId, turnId, sessionId, agent, state, error }: EndedTurn): void {
    if (state !== 'failed') return;
    const told = this.#failures.get(tenantId) ?? 0;
    this.#failures.set(tenantId, told + 1);
    this.#timer ??= setTimeout(() => this.#closeWindow(), FAILURES_WINDOW_MS).unref();
    if (told < FAILURES_EACH) this.feed.tell(tenantId, 'turn-failed', { turnId, sessionId, agent, code: error });
  }

  #closeWindow(): void {
    this.#timer = null;
    for (const [tenantId, count] of this.#failures) {
      if (count > FAILURES_EACH) this.feed.tell(tenantId, 'turns-failed', { count: count - FAILURES_EACH });
    }
    this.#failures.clear();
  }
}
