import type { z } from 'zod';
import type { Access } from '../../auth/access.js';
import type { OperationDescription } from '../../operation/operation.js';

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A route as Nest serves it, with all that its decorators say. */
export interface Route {
  readonly method: HttpMethod;
  /** With `{name}` for parameters, as OpenAPI writes it. */
  readonly path: string;
  /** Unique: `sessionsList`. */
  readonly operationId: string;
  readonly parameters: readonly string[];
  /** Null when it does not say who may call it, so nobody may. */
  readonly access: Access | null;
  readonly ticketAllowed: boolean;
  readonly body: z.ZodType | null;
  readonly query: z.ZodType | null;
  /** Request headers that it takes by name. */
  readonly headers: readonly string[];
  readonly status: number;
  /** Null when nobody described it. */
  readonly operation: OperationDescription | null;
}
