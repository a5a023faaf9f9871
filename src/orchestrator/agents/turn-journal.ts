import { EVENTS } from '#libs/contracts';
import type { StoredFrame } from '#libs/ports';
import type { SkillResult } from '../skills/skill.js';

/** A call of a skill as the events of its turn tell it; `result` is null when it was begun and its end is not known. */
export interface JournalledCall {
  /** 1, 2, 3 … in the order of the calls; the `step` of the idempotency key. */
  readonly step: number;
  readonly callId: string;
  readonly skill: string;
  readonly input: unknown;
  readonly result: SkillResult | null;
}

/** The calls that earlier attempts of a turn made, in order. */
export function readJournal(frames: readonly StoredFrame[]): readonly JournalledCall[] {
  const results = new Map<string, SkillResult>();
  for (const frame of frames) {
    if (frame.type !== 'tool-finished') continue;
    const { callId, outcome, output } = EVENTS['tool-finished'].parse(JSON.parse(frame.json));
    results.set(callId, { outcome, output });
  }
  return frames
    .filter((frame) => frame.type === 'tool-called')
    .map((frame, index) => {
      const { callId, skill, input } = EVENTS['tool-called'].parse(JSON.parse(frame.json));
      return { step: index + 1, callId, skill, input, result: results.get(callId) ?? null };
    });
}
