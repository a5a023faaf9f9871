import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { UnreachableError } from '#libs/client';
import type { One } from '../gateway/use-one.js';
import { troubleOf } from '../gateway/trouble.js';

const CheckSchema = z.object({ status: z.enum(['up', 'down']), since: z.string(), detail: z.string().optional() });
export type Check = z.infer<typeof CheckSchema>;

const ReadinessSchema = z.object({ status: z.enum(['ok', 'degraded', 'unavailable']), checks: z.record(z.string(), CheckSchema) });

const PATH = '/health/ready';
const REFRESH_MS = 2_000;

/** How ready the gateway is. It says so with a 503, too, which is an answer here and no trouble. */
export function useReadiness(): One<z.infer<typeof ReadinessSchema>> {
  const { data, error, refetch } = useQuery({ queryKey: [PATH], queryFn: ({ signal }) => read(signal), refetchInterval: REFRESH_MS });
  return { value: data ?? null, trouble: error === null ? null : troubleOf(error), again: () => void refetch() };
}

async function read(signal: AbortSignal): Promise<z.infer<typeof ReadinessSchema>> {
  try {
    const response = await fetch(PATH, { signal });
    return ReadinessSchema.parse(await response.json());
  } catch (error) {
    if (signal.aborted) throw error;
    throw new UnreachableError('no gateway answers', { cause: error });
  }
}
