import { FairShares, IdMap } from '#libs/policy';

/** Turns that wait for stopped agents in this process; what comes on top counts as queued. */
const PARKED_LIMIT = 100_000;
/** Of fewer slots a quarter is less than one: none is kept free for other tenants. */
const FEWEST_SHARED_SLOTS = 4;

/** What waits and runs in one session. */
export interface Line {
  readonly sessionId: string;
  readonly tenantId: string;
  /** Messages that are about to be stored. */
  reserved: number;
  /** Turns that wait in this session, as far as this process knows. */
  queued: number;
  /** A turn of the session holds a slot. */
  running: boolean;
  /** Whose turn that is, as far as its agent's slots are concerned. */
  agent: string | null;
  /** The agent whose slot it waits for. */
  waitsFor: string | null;
  /** That agent is stopped: its turns are not counted as queued. */
  parked: boolean;
}

/** The sessions that have something to do in this process, and the sums over all of them; the bounds hold because every change is made here. */
export class SessionLines {
  readonly #lines = new IdMap<Line>();
  readonly #inbox: FairShares;
  readonly #slots: FairShares;
  #parked = 0;
  #whenIdle: (() => void)[] = [];

  constructor(
    inboxLimit: number,
    private readonly slotCount: number,
  ) {
    this.#inbox = new FairShares(inboxLimit);
    this.#slots = new FairShares(slotCount);
  }

  /** Turns that wait and messages about to be stored, without parked ones. */
  get queued(): number {
    return this.#inbox.total;
  }

  /** Whether one more turn of the tenant may wait; `shares`: there are other tenants. */
  hasRoom(tenantId: string, shares: boolean): boolean {
    return this.#inbox.hasRoom(tenantId, shares);
  }

  /** Sessions that hold a slot. */
  get running(): number {
    return this.#slots.total;
  }

  /** Whether the tenant may have one slot more of those that are free. Slots are free again within a turn: a small part is never held back. */
  mayStart(tenantId: string, shares: boolean): boolean {
    return this.#slots.hasRoom(tenantId, this.#areShared(shares)) || this.#slots.holdsLessThanPart(tenantId);
  }

  /** Whether the tenant may use a slot that it holds for its next turn. */
  mayKeep(tenantId: string, shares: boolean): boolean {
    return this.#slots.mayKeep(tenantId, this.#areShared(shares));
  }

  #areShared(shares: boolean): boolean {
    return shares && this.slotCount >= FEWEST_SHARED_SLOTS;
  }

  find(sessionId: string): Line | undefined {
    return this.#lines.get(sessionId);
  }

  /** The line of the session, made when there was none. */
  open(sessionId: string, tenantId: string): Line {
    let line = this.#lines.get(sessionId);
    if (line === undefined) {
      line = { sessionId, tenantId, reserved: 0, queued: 0, running: false, agent: null, waitsFor: null, parked: false };
      this.#lines.set(sessionId, line);
    }
    return line;
  }

  /** True when the line has nothing to do any more; it is forgotten then. */
  closes(line: Line): boolean {
    if (line.running || line.queued + line.reserved > 0) return false;
    if (this.#lines.get(line.sessionId) === line) this.#lines.delete(line.sessionId);
    return true;
  }

  reserve(line: Line, by: 1 | -1): void {
    line.reserved += by;
    this.#inbox.hold(line.tenantId, by);
  }

  wait(line: Line, by: number): void {
    line.queued += by;
    if (line.parked) this.#parked += by;
    else this.#inbox.hold(line.tenantId, by);
  }

  occupy(line: Line): void {
    line.running = true;
    this.#slots.hold(line.tenantId, 1);
  }

  vacate(line: Line): void {
    line.running = false;
    this.#slots.hold(line.tenantId, -1);
  }

  /** Its turns wait for an agent that is stopped; as many as may be kept out of the count of what is queued. */
  park(line: Line): void {
    if (line.parked || this.#parked + line.queued > PARKED_LIMIT) return;
    line.parked = true;
    this.#inbox.hold(line.tenantId, -line.queued);
    this.#parked += line.queued;
  }

  unpark(line: Line): void {
    if (!line.parked) return;
    line.parked = false;
    this.#inbox.hold(line.tenantId, line.queued);
    this.#parked -= line.queued;
  }

  /** Resolves when no session holds a slot. */
  idle(): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Tells who waits for it when no session holds a slot any more. */
  tellIdle(): void {
    if (this.running > 0) return;
    for (const resolve of this.#whenIdle) resolve();
    this.#whenIdle = [];
  }
}
