import type { ErrorCode } from '#libs/contracts';

/** Why a connection was closed (CONTRACT section 5): up to 4499 come back later, from 4500 on do not. */
export const CLOSE_CODES = {
  draining: 4000,
  idle: 4001,
  slowReader: 4002,
  rateLimited: 4003,
  overloaded: 4004,
  storage: 4005,
  channelStopped: 4006,
  unauthenticated: 4500,
  denied: 4501,
  credentialEnded: 4502,
  protocolError: 4503,
} as const;

export type CloseCode = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES];

/** The code with which a channel that stops for this reason lets its clients go. */
export function closeCodeOfStop(code: ErrorCode): CloseCode {
  if (code === 'shutting_down') return CLOSE_CODES.draining;
  if (code === 'storage_unavailable') return CLOSE_CODES.storage;
  return CLOSE_CODES.channelStopped;
}
