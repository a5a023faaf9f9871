import { Injectable } from '@nestjs/common';
import { Metrics } from './metrics.js';

/** Calls over HTTP and those who could not say who they are. */
@Injectable()
export class CallMetrics {
  private readonly requests;
  private readonly failures;

  constructor(metrics: Metrics) {
    this.requests = metrics.counter('parley_http_requests_total', 'HTTP requests that were answered, by method and status.', ['method', 'status']);
    this.failures = metrics.counter('parley_auth_failures_total', 'Credentials that were not valid, on every door, by kind of credential.', ['credential']);
  }

  answered(method: string, status: number): void {
    this.requests(method, String(status))();
  }

  notAuthenticated(credential: 'api-key' | 'token' | 'ticket' | 'resume' | 'cookie' | 'sign-in'): void {
    this.failures(credential)();
  }
}
