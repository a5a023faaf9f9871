import { Body, Controller, Get, Header, Post, Query, Req, Res, UseInterceptors } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { granted } from '#libs/channel-sdk';
import { FailureError, SignInMethodsSchema, TenantIdSchema, type SignInMethods } from '#libs/contracts';
import { AuditsRefusals } from '../../audit/audits-refusals.js';
import { Config } from '../../config/config.js';
import { Operation } from '../../operation/operation.js';
import { OpenToAll } from '../access.js';
import { isSafeForCookies } from '../session-cookie.js';
import { SSO_METHODS } from './account.js';
import { RefusalPageInterceptor } from './refusal-page.interceptor.js';
import { SsoSignIn, type Onward } from './sso-sign-in.js';

const LoginSchema = z.object({ method: z.enum(SSO_METHODS).optional(), returnTo: z.string().optional(), tenant: TenantIdSchema.optional() });

const SamlAnswerSchema = z.object({ SAMLResponse: z.string().min(1) });
const LaidBySchema = z.object({ answer: z.string().min(1).max(128) });

const NOT_SET_UP = ['validation_failed', 'permission_denied', 'not_found', 'rate_limited', 'provider_error'] as const;
const REFUSALS = [...NOT_SET_UP, 'unauthenticated', 'storage_unavailable'] as const;

/** Where operators' browsers go to and come back from an identity provider. */
@Controller('auth')
@OpenToAll()
@UseInterceptors(RefusalPageInterceptor)
export class SsoController {
  constructor(
    private readonly signIn: SsoSignIn,
    private readonly config: Config,
  ) {}

  @Get('methods')
  @Operation('Tells by which identity providers operators may sign in here.', SignInMethodsSchema)
  methods(): SignInMethods {
    return { methods: [...this.signIn.methods] };
  }

  @Get('login')
  @AuditsRefusals()
  @Operation('Sends a browser to the identity provider.', null, { status: 303, problems: NOT_SET_UP })
  async login(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query({ schema: LoginSchema }) login: z.infer<typeof LoginSchema>,
  ): Promise<void> {
    this.requireSafeCookies(request);
    const elsewhere = this.addressOfOurs(request);
    if (elsewhere !== null) return lead(reply, { url: elsewhere, setCookies: [] });
    lead(reply, await granted(this.signIn.begin(login, request.ip, request.id)));
  }

  @Get('callback')
  @AuditsRefusals()
  @Operation('Takes a browser back from an OpenID Connect provider and signs the operator in.', null, { status: 303, problems: REFUSALS })
  async callback(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.requireSafeCookies(request);
    const query = request.url.indexOf('?');
    const search = query < 0 ? '' : request.url.slice(query);
    lead(reply, await granted(this.signIn.finishOidc(search, request.headers.cookie, request.ip, request.id)));
  }

  @Post('saml/acs')
  @RouteConfig({ takesForms: true, auditsRefusals: true })
  @Operation('Takes the answer of a SAML provider and signs the operator in.', null, {
    status: 303,
    takes: 'application/x-www-form-urlencoded',
    problems: REFUSALS,
  })
  async samlAnswer(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Body({ schema: SamlAnswerSchema }) { SAMLResponse }: z.infer<typeof SamlAnswerSchema>,
  ): Promise<void> {
    this.requireSafeCookies(request);
    lead(reply, await granted(this.signIn.finishSaml(SAMLResponse, request.headers.cookie, request.ip, request.id)));
  }

  @Get('saml/acs')
  @AuditsRefusals()
  @Operation('Goes on with an answer of a SAML provider that came without our cookie.', null, { status: 303, problems: REFUSALS })
  async samlLaidBy(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query({ schema: LaidBySchema }) { answer }: z.infer<typeof LaidBySchema>,
  ): Promise<void> {
    this.requireSafeCookies(request);
    lead(reply, await granted(this.signIn.fetchSaml(answer, request.headers.cookie, request.ip, request.id)));
  }

  @Get('saml/metadata')
  @Header('Content-Type', 'application/samlmetadata+xml')
  @Operation('Describes this gateway to SAML providers.', null, { media: 'application/samlmetadata+xml', problems: ['not_found'] })
  samlMetadata(): Promise<string> {
    return granted(this.signIn.samlMetadata());
  }

  private requireSafeCookies({ headers }: FastifyRequest): void {
    if (isSafeForCookies(this.config, headers.host)) return;
    const why = 'Signing in needs https, or http on this machine; anything else shows the cookie to the network.';
    throw FailureError.of('permission_denied', why);
  }

  /** The provider sends everybody back to one address; who came by another name of this machine goes there before a cookie is set. */
  private addressOfOurs({ headers, url }: FastifyRequest): string | null {
    const shown = `http://${headers.host ?? ''}`;
    const isOtherName = shown !== this.config.publicUrl && this.config.ownOrigins.includes(shown);
    return isOtherName ? this.config.publicUrl + url : null;
  }
}

/** 303: whatever came, what follows is a GET (RFC 9110 section 15.4.4). */
function lead(reply: FastifyReply, { url, setCookies }: Onward): void {
  reply.code(303).header('location', url).header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
  for (const cookie of setCookies) reply.header('set-cookie', cookie);
  void reply.send();
}
