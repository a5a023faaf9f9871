import { randomUUID } from 'node:crypto';
import { setImmediate as breath } from 'node:timers/promises';
import { ProblemError, UnreachableError, type ParleyClient, type ParleySocket } from '#libs/client';
import { contentText, type GatewayEvent } from '#libs/contracts';
import { parseFor, type Invocation } from '../command-line.js';
import { Conversation } from '../conversation.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { TurnPrinter } from '../turn-printer.js';
import { TypedLines } from '../typed-lines.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = { session: { type: 'string' }, agent: { type: 'string' } } as const;

const HELP = `/new            begin a new session
/session        say which session this is
/sessions       list your sessions
/switch ID      go on in another session
/stop           stop the running turn (as Ctrl-C does)
/quit, /exit    leave (as Ctrl-D, or Ctrl-C while nothing runs)
Anything else goes to the agent, a pasted text of several lines as one message;
begin with // to send it a line such as /help.`;

/** Talks over one socket until its reader leaves. Without a terminal it answers line by line. */
export async function chat(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  if (positionals.length > 0) throw new UsageError('chat takes no text; use send for a single message');
  const socket = await target.socket();
  try {
    const talk = new Chat(invocation, socket, target.client(), values.agent);
    await talk.begin();
    if (values.session !== undefined) await talk.switchTo(values.session);
    return await talk.run();
  } finally {
    socket.close();
  }
}

class Chat {
  readonly #printer: TurnPrinter;
  readonly #conversation: Conversation;
  /** Ids of the messages that were sent here. */
  readonly #own = new Set<string>();
  #sessionId: string | null = null;
  #exit: ExitCode = EXIT.ok;
  #stopping = false;
  #connections = 0;

  constructor(
    private readonly invocation: Invocation,
    private readonly socket: ParleySocket,
    private readonly client: ParleyClient,
    private readonly agent: string | undefined,
  ) {
    this.#printer = new TurnPrinter(invocation);
    this.#conversation = new Conversation(socket, (event) => this.#heard(event));
  }

  /** Resolves when the gateway has let us in, so that a wrong key is told before the first line is typed. */
  begin(): Promise<void> {
    return this.#conversation.welcome();
  }

  /** Resolves with the exit code when the reader leaves; 1 when the last turn failed. Throws why the connection ended for good. */
  async run(): Promise<ExitCode> {
    const interactive = this.#interactive;
    const lines = new TypedLines(this.invocation, interactive);
    const interrupt = (): void => this.#interrupt(lines);
    lines.onInterrupt(interrupt);
    process.on('SIGINT', interrupt);
    // The loop below takes a line when the turn before it has ended; this one cannot wait for that.
    if (interactive) lines.onTyped((line) => line.trim() === '/stop' && this.#stop());
    void this.#conversation.over.then(() => lines.close());
    try {
      lines.prompt();
      for await (const line of lines) {
        if ((await this.#take(line.trim())) === 'leave') break;
        lines.prompt();
      }
    } finally {
      process.off('SIGINT', interrupt);
      lines.close();
    }
    this.#tellHowToGoOn();
    if (this.#conversation.failure !== null) throw this.#conversation.failure;
    return this.#exit;
  }

  async switchTo(sessionId: string): Promise<void> {
    await this.socket.join(sessionId);
    if (this.#sessionId !== null && this.#sessionId !== sessionId) await this.socket.leave(this.#sessionId);
    this.#sessionId = sessionId;
  }

  async #take(line: string): Promise<'leave' | 'stay'> {
    try {
      if (line === '/quit' || line === '/exit') return 'leave';
      if (line !== '' && !(await this.#meta(line))) await this.#say(line.startsWith('//') ? line.slice(1) : line);
    } catch (error) {
      // What ends the connection fails its commands in the same breath; it is told once, at the end.
      await breath();
      if (this.#conversation.failure !== null) return 'leave';
      const told = toldOf(error);
      if (told === null || !this.#interactive) throw error;
      this.#printer.note(told);
    }
    return 'stay';
  }

  /** True when the text, of one line, was for this program. */
  async #meta(line: string): Promise<boolean> {
    if (line.includes('\n')) return false;
    const [name, argument] = line.split(/\s+/, 2);
    switch (name) {
      case '/help':
        this.#printer.note(HELP);
        return true;
      case '/new':
        if (this.#sessionId !== null) await this.socket.leave(this.#sessionId);
        this.#sessionId = null;
        return true;
      case '/session':
        this.#printer.note(this.#sessionId ?? 'No session yet; it begins with the first message.');
        return true;
      case '/sessions':
        for (const session of (await this.client.sessions({ limit: 20 })).items) this.#printer.note(`${session.id}  ${session.title ?? session.updatedAt}`);
        return true;
      case '/switch':
        if (argument === undefined) this.#printer.note('/switch takes the id of a session.');
        else await this.switchTo(argument);
        return true;
      case '/stop':
        // Acted upon when it was typed; without a terminal nothing runs when it is read.
        return true;
      default:
        return false;
    }
  }

  async #say(content: string): Promise<void> {
    const id = randomUUID();
    this.#own.add(id);
    try {
      const accepted = await this.#conversation.send({
        id,
        content,
        ...(this.#sessionId === null ? {} : { sessionId: this.#sessionId }),
        ...(this.agent === undefined ? {} : { agent: this.agent }),
      });
      const [end] = await Promise.all([this.#conversation.end(accepted.turnId), this.#stayIn(accepted.sessionId)]);
      this.#exit = end.type === 'turn-failed' ? EXIT.failed : EXIT.ok;
    } finally {
      this.#own.delete(id);
    }
  }

  /** Hears what else happens in the session that a first message has made. */
  async #stayIn(sessionId: string): Promise<void> {
    if (this.#sessionId !== null) return;
    this.#sessionId = sessionId;
    await this.socket.join(sessionId);
  }

  #heard(event: GatewayEvent): void {
    if (event.type === 'message-accepted' && !this.#own.has(event.clientId ?? '')) this.#printer.note(`‹${event.channel}› ${contentText(event.content)}`);
    if (event.type === 'gateway-draining') this.#printer.note('· the gateway shuts down; this goes on when it is back');
    if (event.type === 'connected' && ++this.#connections > 1) this.#printer.note('· connected again');
    this.#printer.print(event);
  }

  get #interactive(): boolean {
    return this.invocation.stdin.isTTY === true;
  }

  #interrupt(lines: TypedLines): void {
    if (this.#conversation.running === null || this.#stopping) {
      lines.close();
      this.invocation.stderr.write('\n');
      this.#tellHowToGoOn();
      process.exit(EXIT.interrupted);
    }
    this.#stop();
  }

  #stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#conversation
      .stop()
      .catch((error: unknown) => this.#printer.note(toldOf(error) ?? String(error)))
      .finally(() => (this.#stopping = false));
  }

  #tellHowToGoOn(): void {
    if (this.#interactive && this.#sessionId !== null) this.#printer.note(`parley chat --session ${this.#sessionId} goes on here.`);
  }
}

/** What went wrong, for the reader; null for a fault of ours. */
function toldOf(error: unknown): string | null {
  if (error instanceof ProblemError) return `${error.message} (${error.problem.code})`;
  return error instanceof UnreachableError ? error.message : null;
}
