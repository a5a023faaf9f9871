import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import type { ErrorCode } from '#libs/contracts';

/** One way in which a route answers. */
export interface Answer {
  /** In plain words, one sentence. */
  readonly description: string;
  /** Schema of the JSON body; null when there is no body, or one that `media` alone describes. */
  readonly schema: z.ZodType | null;
  /** Media type of a body that is not JSON. */
  readonly media?: string;
}

/** What a route says about itself. The rest of its documentation is read from its decorators. */
export interface OperationDescription {
  readonly summary: string;
  /** Schema of the usual answer; null when it has no JSON body. */
  readonly answer: z.ZodType | null;
  readonly description?: string;
  /** Status of the usual answer where the handler sets it itself. */
  readonly status?: number;
  /** Media type of a usual answer that is not JSON. */
  readonly media?: string;
  /** Media type of a request body that is not JSON. */
  readonly takes?: string;
  /** Other answers that are no problems, by status. */
  readonly answers?: Readonly<Record<number, Answer>>;
  /** Problems beyond those that follow from access, body, query and path. */
  readonly problems?: readonly ErrorCode[];
  /** Request headers that the handler reads by itself, each with a sentence. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The usual answer names in `Location` where the thing is that was made. */
  readonly locates?: boolean;
  /** The answer tells what is left of the caller's limits and the gateway's own share of the time. */
  readonly limited?: boolean;
}

export const OPERATION = 'parley:operation';

/** Describes a route for `/openapi.json`: one sentence, the schema of its usual answer, and what its code does not show. */
export function Operation(summary: string, answer: z.ZodType | null, more: Omit<OperationDescription, 'summary' | 'answer'> = {}) {
  const description: OperationDescription = { summary, answer, ...more };
  return SetMetadata(OPERATION, description);
}
