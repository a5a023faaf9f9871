import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, of, throwError, type Observable } from 'rxjs';
import { ERRORS, FailureError } from '#libs/contracts';
import { REFUSAL_HEADERS, refusalPage } from './refusal-page.js';

/** Answers a refusal with a page where a browser navigates; everybody else gets the problem. The status is the same. */
@Injectable()
export class RefusalPageInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      catchError((error: unknown) => {
        if (!(error instanceof FailureError) || !wantsPage(request)) return throwError(() => error);
        void reply.code(ERRORS[error.failure.code].status).headers(REFUSAL_HEADERS).send(refusalPage(error.failure, request.id));
        return of(undefined);
      }),
    );
  }
}

function wantsPage({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true;
}
