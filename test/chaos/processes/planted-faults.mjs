import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Egress } from '../../../dist/src/gateway/egress.js';
import { Inbox, toStoredFrame } from '../../../dist/libs/ports/index.js';

// Sins that a gateway must not commit, so that the suite can be seen to find them.

const LATE_MS = 250;

/** Answers as soon as a step was run; its commit follows later. */
export function ackBeforeCommit() {
  const exec = DatabaseSync.prototype.exec;
  const late = new WeakSet();
  DatabaseSync.prototype.exec = function (sql) {
    if (sql === 'BEGIN IMMEDIATE' && late.has(this)) return;
    if (sql !== 'COMMIT') {
      exec.call(this, sql);
      return;
    }
    if (late.has(this)) return;
    late.add(this);
    setTimeout(() => {
      late.delete(this);
      exec.call(this, 'COMMIT');
    }, LATE_MS);
  };
}

/** Tells everybody how a turn ended; the end is stored later. */
export function emitBeforeStore(app) {
  const egress = app.get(Egress);
  const inbox = app.get(Inbox);
  const lastSeq = new Map();
  const publish = egress.publish.bind(egress);
  egress.publish = (frames) => {
    for (const { sessionId, seq } of frames) lastSeq.set(sessionId, seq);
    publish(frames);
  };
  const finish = inbox.finish.bind(inbox);
  inbox.finish = async (lease, end, startNext, committed) => {
    const seq = lastSeq.get(lease.sessionId) + 1;
    publish([toStoredFrame(end.fact, lease.sessionId, seq)]);
    await delay(LATE_MS);
    return finish(lease, end, startNext, committed);
  };
}
