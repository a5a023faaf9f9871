import { z } from 'zod';

export const TURN_STATES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export const TurnStateSchema = z.enum(TURN_STATES);
export type TurnState = z.infer<typeof TurnStateSchema>;

/** A turn ends in exactly one of these. */
export type TurnEndState = Extract<TurnState, 'completed' | 'failed' | 'cancelled'>;
