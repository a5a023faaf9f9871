export { Channel, type ChannelCounters } from './channel.js';
export { invalid, type SchemaIssue } from './field-errors.js';
export { Gateway, type JoinGrant, type SendOutcome, type SendReceipt, type Via } from './gateway.js';
export { granted } from './granted.js';
export { ok, refused, type Outcome } from './outcome.js';
export { parseJson } from './parse-json.js';
export { ReadingPace } from './reading-pace.js';
export { type Subscriber } from './subscriber.js';
export { untilDeadline } from './until-deadline.js';
