export { Channel, type ChannelCounters } from './channel.js';
export { Gateway, type JoinGrant, type SendOutcome, type SendReceipt, type Via } from './gateway.js';
export { ok, refused, type Outcome } from './outcome.js';
export { type Subscriber } from './subscriber.js';
