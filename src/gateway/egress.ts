import { Injectable } from '@nestjs/common';
import { isoTime } from '#libs/contracts';
import type { EventFrame } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { Hub } from './hub.js';

/** The way out: what is stored (or live text) goes to everybody who listens. Called in commit order, so each session's events leave in order. */
@Injectable()
export class Egress {
  constructor(private readonly hub: Hub) {}

  publish(frames: readonly EventFrame[]): void {
    failpoint('publish.before');
    for (const frame of frames) this.hub.publish(frame);
  }

  /** The store did not say what became of a step in this session: whoever listens is brought up to now once it answers. */
  doubt(sessionId: string): void {
    this.hub.doubt(sessionId);
  }

  /** Live text from `offset` on; written only when somebody listens. */
  publishText(sessionId: string, turnId: string, offset: number, text: string, at: number): void {
    if (this.hub.hears(sessionId)) this.hub.publish(textDelta(sessionId, turnId, offset, text, at));
  }
}

export function textDelta(sessionId: string, turnId: string, offset: number, text: string, at: number): EventFrame {
  const json = JSON.stringify({ type: 'text-delta', at: isoTime(at), sessionId, turnId, offset, text });
  return { type: 'text-delta', sessionId, seq: null, turnId, json };
}
