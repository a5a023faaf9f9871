import { Log } from '../../dist/src/observability/log.js';
import { Metrics } from '../../dist/src/observability/metrics/metrics.js';
import { OtlpTracing } from '../../dist/src/observability/tracing/otlp-tracing.js';

// The product of the bench, which can be told not to observe anything: no figure, no line, no trace. One process for both, so that
// nothing else differs.

let observing = true;
const nothing = () => undefined;
for (const kind of ['counter', 'histogram']) {
  const make = Metrics.prototype[kind];
  Metrics.prototype[kind] = function (...family) {
    const series = make.apply(this, family);
    return (...values) => {
      const one = series(...values);
      return (amount) => (observing ? one(amount) : nothing());
    };
  };
}
for (const kind of ['info', 'turn']) {
  const write = Log.prototype[kind];
  Log.prototype[kind] = function (...line) {
    if (observing) write.apply(this, line);
  };
}
const { begin } = OtlpTracing.prototype;
OtlpTracing.prototype.begin = function (...span) {
  Object.defineProperty(this, 'on', { configurable: true, get: () => observing });
  return begin.apply(this, span);
};
process.on('message', (told) => {
  if (told === 'observe' || told === 'look away') observing = told === 'observe';
});
await import('./parley.mjs');
