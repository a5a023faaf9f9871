import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import {
  CallbackSchema,
  CreatedCallbackSchema,
  failure,
  FailureError,
  SetCallbackSchema,
  type Callback,
  type CreatedCallback,
  type Principal,
  type SetCallback,
} from '#libs/contracts';
import { PERMISSIONS, reachOf } from '#libs/policy';
import { CallbackTargets, Clock, IdGenerator, Sessions, type CallbackTarget } from '#libs/ports';
import { Audit } from '../../audit/audit.js';
import { AuditsRefusals } from '../../audit/audits-refusals.js';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { EgressGuard } from '../../egress-guard/egress-guard.js';
import { Operation } from '../../operation/operation.js';
import { CallbackSecrets } from './callback-secrets.js';

const notFound = (what: string) => new FailureError(failure('not_found', `no such ${what}`));

/** Where the ends of a session's turns go. */
@Controller('api/v1/sessions/:id/callback')
export class SessionCallbackController {
  constructor(
    private readonly sessions: Sessions,
    private readonly targets: CallbackTargets,
    private readonly secrets: CallbackSecrets,
    private readonly guard: EgressGuard,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
    private readonly audit: Audit,
  ) {}

  /** Each time with a new signing secret, told only in this answer. */
  @Put()
  @AuditsRefusals()
  @Requires(PERMISSIONS.ownSessions)
  @Operation('Sets where the ends of the session\'s turns are posted. The signing secret is in this answer and never again.', CreatedCallbackSchema)
  async set(
    @Caller() caller: Principal,
    @Param('id') sessionId: string,
    @Body({ schema: SetCallbackSchema }) { url: given }: SetCallback,
  ): Promise<CreatedCallback> {
    await this.requireSession(caller, sessionId, 'write');
    const wrong = this.guard.refusalOf(given);
    if (wrong !== null) throw new FailureError(failure('validation_failed', `url ${wrong}.`, { errors: [{ path: 'url', message: wrong }] }));
    const owner = { tenantId: caller.tenantId, sessionId, url: new URL(given).href };
    const { secret, sealed } = this.secrets.make(owner);
    const act = { action: 'callback.set', target: { kind: 'session', id: sessionId }, after: { url: owner.url } };
    const wish = { id: this.ids.next(), ...owner, secret: sealed, createdAt: this.clock.now() };
    const target = await this.audit.change(caller, act, () => this.targets.setForSession(wish));
    if (target === null) throw notFound('session');
    return { ...view(target), secret };
  }

  @Get()
  @Requires(PERMISSIONS.readOwnSessions)
  @Operation('Reads where the ends of the session\'s turns are posted.', CallbackSchema)
  async get(@Caller() caller: Principal, @Param('id') sessionId: string): Promise<Callback> {
    await this.requireSession(caller, sessionId, 'read');
    const target = await this.targets.ofSession(sessionId, caller.tenantId);
    if (target === null) throw notFound('callback');
    return view(target);
  }

  @Delete()
  @HttpCode(204)
  @Requires(PERMISSIONS.ownSessions)
  @Operation('Takes the callback away; what waits for it becomes a dead letter.', null)
  async remove(@Caller() caller: Principal, @Param('id') sessionId: string): Promise<void> {
    await this.requireSession(caller, sessionId, 'write');
    const target = await this.targets.ofSession(sessionId, caller.tenantId);
    if (target === null) throw notFound('callback');
    const act = { action: 'callback.remove', target: { kind: 'session', id: sessionId }, before: view(target) };
    await this.audit.change(caller, act, () => this.targets.removeFromSession(sessionId, caller.tenantId));
  }

  private async requireSession(caller: Principal, sessionId: string, access: 'read' | 'write'): Promise<void> {
    const reach = reachOf(caller, access);
    const session = reach === null ? null : await this.sessions.find(sessionId, reach);
    if (session === null) throw notFound('session');
  }
}

function view({ url, createdAt }: CallbackTarget): Callback {
  return { url, createdAt: new Date(createdAt).toISOString() };
}
