import type { Accepted, Content, GatewayEvent, Problem } from '#libs/contracts';
import { client } from '../gateway/client.js';
import { earlierEvents } from '../gateway/earlier-events.js';
import { GatewaySocket, type SocketListener } from '../gateway/gateway-socket.js';
import { troubleOf, type Trouble } from '../gateway/trouble.js';
import { Conversation, WINDOW_EVENTS } from './conversation.js';
import type { Outbox, PendingMessage } from './outbox.js';
import { initialView, type PlaygroundView } from './playground-view.js';
import { randomId } from './random-id.js';
import { Sender } from './sender.js';
import { titleFrom } from './title.js';
import { isOpen } from './transcript.js';

const FRAME_MS = 24;
const QUEUE_FULL: Trouble = {
  code: 'overloaded',
  title: 'Too many messages are waiting',
  detail: 'Twenty messages of this tab have not reached the gateway yet.',
  suggestion: 'Wait until they are through.',
  retryable: true,
};

/** The open conversation of this tab: follows it, sends into it, and finds its place again after a loss. React reads `view`. */
export class Playground implements SocketListener {
  readonly #socket = new GatewaySocket(this);
  readonly #sender: Sender;
  readonly #listeners = new Set<() => void>();
  #conversation: Conversation | null = null;
  #frame: ReturnType<typeof setTimeout> | undefined;
  #view: PlaygroundView;

  constructor(
    private readonly outbox: Outbox,
    private readonly signedOut: () => void,
    private readonly moved: (sessionId: string | null) => void,
  ) {
    this.#view = initialView(outbox);
    this.#sender = new Sender(
      outbox,
      this.#socket,
      (message, accepted) => this.#accepted(message, accepted),
      () => this.#show({ pending: outbox.messages }),
    );
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly view = (): PlaygroundView => this.#view;

  start(): void {
    this.#socket.open();
  }

  dispose(): void {
    clearTimeout(this.#frame);
    this.#socket.close();
  }

  reconnect(): void {
    this.#show({ connection: 'connecting', refusal: null });
    this.#socket.open();
  }

  /** Opens a session, or with null a conversation that begins with its first message. */
  async open(sessionId: string | null): Promise<void> {
    if (sessionId === this.#view.sessionId && (this.#conversation !== null || sessionId === null)) return;
    this.#leave();
    this.moved(sessionId);
    const blank = { session: null, transcript: null, hasEarlier: false, saidTurnId: null, notice: null };
    this.#show({ ...blank, sessionId, draft: randomId(), loading: sessionId !== null });
    if (sessionId === null) return;
    try {
      const session = await client.session(sessionId);
      if (this.#view.sessionId !== sessionId) return;
      this.#conversation = new Conversation(sessionId, Math.max(0, session.lastSeq - WINDOW_EVENTS));
      this.#show({ session, loading: session.lastSeq > 0 });
      this.#join();
    } catch (error) {
      if (this.#view.sessionId !== sessionId) return;
      if (troubleOf(error).code === 'not_found') await this.open(null);
      this.#trouble(error, { loading: false });
    }
  }

  /** False when too many messages already wait. */
  send(content: Content): boolean {
    const added = this.#sender.add(content, this.#view.sessionId, this.#view.draft);
    this.#show({ pending: this.outbox.messages, notice: added ? null : QUEUE_FULL });
    return added;
  }

  retry(id: string): void {
    this.outbox.retry(id);
    this.#show({ pending: this.outbox.messages });
    this.#sender.flush();
  }

  discard(id: string): void {
    this.outbox.remove(id);
    this.#show({ pending: this.outbox.messages });
  }

  /** Ends the turn that runs, else the first that waits. False when there is none. */
  stop(): boolean {
    const open = this.#conversation?.transcript.turns.filter(isOpen) ?? [];
    const turn = open.find((candidate) => candidate.state === 'running') ?? open[0];
    if (turn === undefined) return false;
    this.#socket.cancelTurn({ turnId: turn.turnId }, (answer) => {
      if (answer !== null && !answer.ok) this.#show({ notice: answer.error });
    });
    return true;
  }

  async loadEarlier(): Promise<void> {
    const conversation = this.#conversation;
    if (conversation === null || this.#view.loadingEarlier || conversation.before === 0) return;
    this.#show({ loadingEarlier: true });
    try {
      const until = conversation.before;
      conversation.prepend(await earlierEvents(conversation.sessionId, Math.max(0, until - WINDOW_EVENTS), until));
      this.#show({ loadingEarlier: false });
      this.#draw();
    } catch (error) {
      this.#trouble(error, { loadingEarlier: false });
    }
  }

  async rename(title: string | null): Promise<void> {
    const id = this.#view.sessionId;
    if (id === null) return;
    try {
      const session = await client.updateSession(id, { title });
      this.#changed(this.#view.sessionId === id ? { session } : {});
    } catch (error) {
      this.#trouble(error, {});
    }
  }

  async remove(): Promise<void> {
    const id = this.#view.sessionId;
    if (id === null) return;
    try {
      await client.deleteSession(id);
      if (this.#view.sessionId === id) await this.open(null);
      this.#changed({});
    } catch (error) {
      this.#trouble(error, {});
    }
  }

  dismissNotice(): void {
    this.#show({ notice: null });
  }

  connected(): void {
    this.#sender.lost();
    const missed = this.#view.connection === 'lost' ? 1 : 0;
    this.#show({ connection: 'open', refusal: null, sessionsVersion: this.#view.sessionsVersion + missed });
    if (this.#conversation === null && this.#view.sessionId !== null && !this.#view.loading) void this.#reopen();
    else this.#join();
    this.#sender.flush();
  }

  lost(): void {
    this.#sender.lost();
    this.#show({ connection: this.#view.connection === 'connecting' ? 'connecting' : 'lost' });
  }

  refused(problem: Problem | null): void {
    this.#sender.lost();
    if (problem?.code === 'unauthenticated') this.signedOut();
    else this.#show({ connection: 'refused', refusal: problem });
  }

  event(event: GatewayEvent): void {
    const conversation = this.#conversation;
    if (conversation === null || !('sessionId' in event) || event.sessionId !== conversation.sessionId) return;
    if (event.type === 'text-delta') conversation.takeDelta(event);
    else if (event.type === 'history-lost') conversation.beginAt(event.firstSeq);
    else if ('seq' in event) {
      if (conversation.takeStored(event) === 'gap') this.#rejoin();
      if (event.type === 'message-accepted' && event.clientId !== undefined) this.outbox.remove(event.clientId);
      if (event.type === 'session-deleted') this.#changed({});
    }
    this.#drawSoon();
  }

  async #reopen(): Promise<void> {
    const { sessionId } = this.#view;
    this.#view = { ...this.#view, sessionId: null };
    await this.open(sessionId);
  }

  #join(): void {
    const conversation = this.#conversation;
    if (conversation === null || !this.#socket.isOpen) return;
    const { sessionId, transcript } = conversation;
    this.#socket.joinSession({ sessionId, after: transcript.lastSeq }, (answer) => {
      if (this.#conversation !== conversation) return;
      if (answer === null) {
        if (this.#socket.isOpen) this.#join();
      } else if (!answer.ok) this.#show({ notice: answer.error, loading: false });
      else if (answer.lastSeq <= conversation.transcript.lastSeq) this.#draw();
    });
  }

  #rejoin(): void {
    if (this.#conversation === null) return;
    this.#socket.leaveSession({ sessionId: this.#conversation.sessionId }, () => this.#join());
  }

  #leave(): void {
    if (this.#conversation !== null && this.#socket.isOpen) {
      this.#socket.leaveSession({ sessionId: this.#conversation.sessionId }, () => undefined);
    }
    this.#conversation = null;
  }

  #accepted(message: PendingMessage, accepted: Accepted): void {
    if (message.draft !== null) this.#begun(message.draft, message.content, accepted.sessionId);
    if (this.#view.sessionId === accepted.sessionId) this.#show({ saidTurnId: accepted.turnId });
    const shown = this.#conversation?.sessionId === accepted.sessionId && this.#conversation.transcript.lastSeq < accepted.seq;
    if (!shown) this.#show({ pending: this.outbox.messages });
  }

  #begun(draft: string, content: Content, sessionId: string): void {
    this.outbox.bind(draft, sessionId);
    this.#changed({});
    void this.#entitle(sessionId, content);
    if (this.#view.sessionId !== null || this.#view.draft !== draft) return;
    this.#conversation = new Conversation(sessionId, 0);
    this.moved(sessionId);
    this.#show({ sessionId });
    this.#join();
  }

  async #entitle(sessionId: string, content: Content): Promise<void> {
    const title = titleFrom(content);
    if (title === null) return;
    try {
      const session = await client.updateSession(sessionId, { title });
      this.#changed(this.#view.sessionId === sessionId ? { session } : {});
    } catch (error) {
      this.#trouble(error, {});
    }
  }

  #trouble(error: unknown, more: Partial<PlaygroundView>): void {
    const notice = troubleOf(error);
    if (notice.code === 'unauthenticated') this.signedOut();
    else this.#show({ ...more, notice });
  }

  #changed(more: Partial<PlaygroundView>): void {
    this.#show({ ...more, sessionsVersion: this.#view.sessionsVersion + 1 });
  }

  #drawSoon(): void {
    this.#frame ??= setTimeout(() => this.#draw(), FRAME_MS);
  }

  #draw(): void {
    clearTimeout(this.#frame);
    this.#frame = undefined;
    const conversation = this.#conversation;
    if (conversation === null) return;
    const { transcript, before } = conversation;
    this.#show({ transcript, hasEarlier: before > 0, loading: false, pending: this.outbox.messages });
  }

  #show(change: Partial<PlaygroundView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}
