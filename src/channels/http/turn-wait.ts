import { isTerminal, type GatewayEvent, type TerminalEventType } from '#libs/contracts';
import type { Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';

/** A request that waits for the end of one turn. */
export class TurnWait implements Subscriber {
  gone = false;
  /** The turn has been heard to start. */
  started = false;
  /** The terminal event; null when the wait was given up first. */
  readonly ended: Promise<GatewayEvent<TerminalEventType> | null>;
  private turnId: string | null = null;
  private timer: NodeJS.Timeout | null = null;
  private resolve: (event: GatewayEvent<TerminalEventType> | null) => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => (this.resolve = resolve));
  }

  /** Begins to wait for this turn, for at most `ms`. */
  begin(turnId: string, ms: number): void {
    if (this.gone) return;
    this.turnId = turnId;
    this.timer = setTimeout(() => this.giveUp(), ms);
  }

  deliver(frame: EventFrame): void {
    if (frame.turnId !== this.turnId) return;
    if (frame.type === 'turn-started') this.started = true;
    if (isTerminal(frame.type)) this.settle(JSON.parse(frame.json) as GatewayEvent<TerminalEventType>);
  }

  lost(turnId: string): void {
    if (turnId === this.turnId) this.giveUp();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  giveUp(): void {
    this.settle(null);
  }

  private settle(event: GatewayEvent<TerminalEventType> | null): void {
    this.gone = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.resolve(event);
  }
}
