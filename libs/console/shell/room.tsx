import { createContext, use } from 'react';
import type { Outbox } from '../conversation/outbox.js';

interface Room {
  readonly outbox: Outbox;
  readonly onEnded: () => void;
  readonly onSignOut: () => void;
}

const RoomContext = createContext<Room | null>(null);

/** Hands the pages what belongs to the tab as a whole. */
export const RoomProvider = RoomContext.Provider;

export function useRoom(): Room {
  const room = use(RoomContext);
  if (room === null) throw new Error('Not inside the console');
  return room;
}
