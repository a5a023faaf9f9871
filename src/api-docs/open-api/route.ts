import type { OpenAPIObject } from '@nestjs/swagger';
import type { Access } from '../../auth/access.js';
import type { OperationDescription } from '../../operation/operation.js';

export const HTTP_METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** An Operation Object as @nestjs/swagger writes it. */
export type ExploredOperation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** A route as Nest serves it, with all that its decorators say. */
export interface Route {
  readonly method: HttpMethod;
  /** With `{name}` for parameters, as OpenAPI writes it. */
  readonly path: string;
  /** Unique: `sessionsList`. */
  readonly operationId: string;
  /** What Nest's own decorators say: the parameters, the body, the usual status. */
  readonly explored: ExploredOperation;
  /** Null when it does not say who may call it, so nobody may. */
  readonly access: Access | null;
  readonly ticketAllowed: boolean;
  /** Null when nobody described it. */
  readonly operation: OperationDescription | null;
}
