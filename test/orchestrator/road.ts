import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Content } from '#libs/contracts';
import type { AcceptOutcome, ClaimedTurn, Fact } from '#libs/ports';
import type { Agent } from '../../src/orchestrator/agents/agent.js';
import type { TurnEvent } from '../../src/orchestrator/orchestrator.service.js';
import { openSqliteStore } from '../../src/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../src/persistence/store.js';
import { UuidGenerator } from '../../src/runtime/uuid-generator.js';

const author = { kind: 'key', id: 'tester' } as const;
const ids = new UuidGenerator();

/** What came of pulling an agent's events. */
export interface Run {
  readonly events: readonly TurnEvent[];
  readonly text: string;
}

/** A store in a folder of its own and the least that a conductor does: store, then pull again. */
export class Road {
  readonly folder = mkdtempSync(join(tmpdir(), 'parley-orchestrator-'));
  readonly store: Store;

  constructor() {
    this.store = openSqliteStore(this.folder, (error) => {
      throw error;
    });
  }

  async close(): Promise<void> {
    await this.store.control.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Accepts a message and starts its turn. */
  async start(content: Content, sessionId?: string): Promise<ClaimedTurn> {
    const outcome = await this.accept(content, true, sessionId);
    if (outcome.kind !== 'accepted' || outcome.started === null) throw new Error(`not started: ${outcome.kind}`);
    return outcome.started.turn;
  }

  /** Accepts a message behind others. */
  async queue(content: Content, sessionId: string): Promise<void> {
    await this.accept(content, false, sessionId);
  }

  /** Starts the oldest turn that waits. */
  async next(sessionId: string): Promise<ClaimedTurn> {
    const started = await this.store.inbox.claim(sessionId, Date.now());
    if (started === null) throw new Error('no turn waits');
    return started.turn;
  }

  private accept(content: Content, start: boolean, sessionId?: string): Promise<AcceptOutcome> {
    return this.store.inbox.accept({
      reach: { tenantId: 'default', owner: author },
      author,
      channel: 'test',
      ids: { message: ids.next(), turn: ids.next(), session: ids.next() },
      ...(sessionId === undefined ? {} : { sessionId }),
      content,
      defaultAgent: 'concierge',
      start,
      at: Date.now(),
    });
  }

  /** Gives the turn back as a crash would leave it, and starts its next attempt. */
  async restart(turn: ClaimedTurn): Promise<ClaimedTurn> {
    await this.store.inbox.release(turn);
    return this.next(turn.sessionId);
  }

  /** Runs the turn to its end, or until `crash` says so of an event that has just been stored. */
  async run(agent: Agent, turn: ClaimedTurn, crash: (event: TurnEvent) => boolean = () => false, signal = new AbortController().signal): Promise<Run> {
    const events: TurnEvent[] = [];
    let text = '';
    let settled = 0;
    for await (const event of agent.run(turn, signal)) {
      events.push(event);
      if (event.type === 'text') text += event.text;
      if (event.type === 'step-settled') settled = text.length;
      if (event.type === 'tool-called' || event.type === 'tool-finished') {
        const { type, ...fields } = event;
        const fact: Fact = { type, turnId: turn.turnId, at: Date.now(), fields: { turnId: turn.turnId, ...fields } };
        await this.store.inbox.append(turn, [fact], { text, settled });
      }
      if (crash(event)) return { events, text };
      if (event.type === 'completed') await this.finish(turn, text, event);
    }
    return { events, text };
  }

  private async finish(turn: ClaimedTurn, content: string, { model, usage }: Extract<TurnEvent, { type: 'completed' }>): Promise<void> {
    const meta = { agent: turn.agent, model, phase: null, evaluationPassed: null, queuedMs: 0, durationMs: 0, usage };
    const fields = { turnId: turn.turnId, messageId: turn.messageId, content, meta };
    await this.store.inbox.finish(turn, { state: 'completed', fact: { type: 'turn-completed', turnId: turn.turnId, at: Date.now(), fields } }, false);
  }
}
