import { failpointFromEnvironment } from '../config/environment.js';
import type { ArmedFailpoint, Failpoint } from '../config/failpoint.js';

const armed = failpointFromEnvironment();

/** Says that the road has come to this step. Does nothing, unless a test armed the step: then the process is killed at once, as by `kill -9`. */
export const failpoint: (step: Failpoint) => void = armed === null ? () => undefined : killAt(armed);

function killAt({ step: deadly, passing }: ArmedFailpoint): (step: Failpoint) => void {
  let left = passing;
  return (step) => {
    if (step !== deadly) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
