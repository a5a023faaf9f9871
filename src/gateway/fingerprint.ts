import { hash } from 'node:crypto';
import type { SendMessage } from '#libs/contracts';

/** Digest (SHA-256, base64url) of what must be the same when an id is sent again: content, agent, projectIds. */
export function fingerprint({ content, agent, projectIds }: SendMessage): string {
  return hash('sha256', JSON.stringify([content, agent ?? null, projectIds ?? null]), 'base64url');
}
