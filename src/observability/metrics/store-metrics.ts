import { Injectable } from '@nestjs/common';
import { onCommit } from './commit-channel.js';
import { BUCKETS, Metrics } from './metrics.js';

const BATCH_STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** How the database of this process keeps up. */
@Injectable()
export class StoreMetrics {
  constructor(metrics: Metrics) {
    const took = metrics.histogram('parley_store_commit_seconds', 'Time that a transaction of the message road took in the database.', BUCKETS.short)();
    const steps = metrics.histogram('parley_store_batch_steps', 'Steps that shared a transaction of the message road.', BATCH_STEPS)();
    onCommit((commit) => {
      took(commit.tookMs / 1000);
      steps(commit.steps);
    });
  }
}
