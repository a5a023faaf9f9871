import { Body, Controller, Get, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { granted } from '#libs/channel-sdk';
import { DEFAULT_TENANT, FailureError, MeSchema, type Me, type Principal } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Config } from '../config/config.js';
import { Operation } from '../operation/operation.js';
import { Audit } from '../audit/audit.js';
import { AuditsRefusals } from '../audit/audits-refusals.js';
import { AnyCaller, OpenToAll, Requires } from './access.js';
import { Caller } from './caller.js';
import { toMe } from './me.js';
import { OperatorSessionDesk } from './operator-session-desk.js';
import { OneTimeLink } from './one-time-link.js';
import type { OpenedSession } from './operator-sign-ins.js';
import { sessionCookie, setCookie } from './session-cookie.js';
import { SignInGuard } from './sign-in.guard.js';
import { SignIn } from './sign-in.js';

const SignInWithKeySchema = z.strictObject({ apiKey: z.string().min(1).max(4096) }).meta({ id: 'SignInWithKey' });
const SignInWithLinkSchema = z.strictObject({ token: z.string().min(1).max(128) }).meta({ id: 'SignInWithLink' });

const OneTimeLinkSchema = z.object({ url: z.string() }).meta({ id: 'OneTimeLink' });

const SIGN_IN_PROBLEMS = ['unauthenticated', 'permission_denied', 'rate_limited', 'storage_unavailable'] as const;

@Controller('auth')
export class SignInController {
  constructor(
    private readonly signIn: SignIn,
    private readonly desk: OperatorSessionDesk,
    private readonly link: OneTimeLink,
    private readonly config: Config,
    private readonly audit: Audit,
  ) {}

  @Get('me')
  @AnyCaller()
  @Operation('Tells callers who they are and what they may.', MeSchema)
  me(@Caller() caller: Principal): Me {
    return toMe(caller);
  }

  @Post('api-key')
  @AuditsRefusals()
  @HttpCode(200)
  @OpenToAll()
  @UseGuards(SignInGuard)
  @Operation('Signs an operator in with an API key, by a cookie.', MeSchema, { problems: SIGN_IN_PROBLEMS })
  async withKey(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body({ schema: SignInWithKeySchema }) { apiKey }: z.infer<typeof SignInWithKeySchema>,
  ): Promise<Me> {
    return this.letIn(reply, await granted(this.signIn.withKey(apiKey, request.ip)));
  }

  @Post('link')
  @AuditsRefusals()
  @HttpCode(200)
  @OpenToAll()
  @UseGuards(SignInGuard)
  @Operation('Signs an operator in with the token of a one-time link, by a cookie.', MeSchema, { problems: SIGN_IN_PROBLEMS })
  async withLink(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body({ schema: SignInWithLinkSchema }) { token }: z.infer<typeof SignInWithLinkSchema>,
  ): Promise<Me> {
    return this.letIn(reply, await granted(this.signIn.withLink(token, request.ip)));
  }

  @Post('link/new')
  @Requires(PERMISSIONS.administer)
  @Operation('Makes a new one-time link that signs an operator in, as admin of the tenant default; for its admins.', OneTimeLinkSchema)
  async newLink(@Caller() caller: Principal): Promise<{ url: string }> {
    if (caller.tenantId !== DEFAULT_TENANT) throw FailureError.of('permission_denied', 'This needs an admin of the tenant default.');
    return { url: await this.audit.change(caller, { action: 'link.create' }, () => this.link.print()) };
  }

  @Post('logout')
  @HttpCode(204)
  @AnyCaller()
  @Operation('Signs the caller out; the cookie is worth nothing any more.', null)
  async logout(@Caller() caller: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.signIn.out(caller);
    void reply.header('Set-Cookie', setCookie(sessionCookie(this.config), '', 0));
  }

  @Post('logout/everywhere')
  @HttpCode(204)
  @AnyCaller()
  @Operation('Signs the caller out in every browser; their sockets end within a second.', null)
  async logoutEverywhere(@Caller() caller: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.desk.endAll(caller);
    void reply.header('Set-Cookie', setCookie(sessionCookie(this.config), '', 0));
  }

  private letIn(reply: FastifyReply, { value, principal, maxAgeMs }: OpenedSession): Me {
    void reply.header('Set-Cookie', setCookie(sessionCookie(this.config), value, maxAgeMs));
    return toMe(principal);
  }
}
