const PLAYGROUND = '/playground';
const PARAMETER = 'session';

/** The session that the address bar names; null when it names none. */
export function sessionInAddress(): string | null {
  return location.pathname === PLAYGROUND ? new URLSearchParams(location.search).get(PARAMETER) : null;
}

/** The address at which a session, or a conversation not begun, is found again. */
export function addressOf(sessionId: string | null): string {
  return sessionId === null ? PLAYGROUND : `${PLAYGROUND}?${new URLSearchParams({ [PARAMETER]: sessionId })}`;
}
