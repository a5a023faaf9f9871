import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AdminKey } from './admin-key.js';
import { ApiKeys } from './api-keys.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { CliCredential } from './cli-credential.js';
import { CredentialAuthenticator } from './credential-authenticator.js';
import { CredentialRevoker } from './credential-revoker.js';
import { CredentialStatus } from './credential-status.js';
import { ExpiredSweep } from './expired-sweep.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { IssuerKeys } from './jwt/issuer-keys.js';
import { TrustedIssuers } from './jwt/trusted-issuers.js';
import { UserTokens } from './jwt/user-tokens.js';
import { VerifiedTokens } from './jwt/verified-tokens.js';
import { KeyRing } from './key-ring.js';
import { KeyUses } from './key-uses.js';
import { KeysController } from './keys.controller.js';
import { OneTimeLink } from './one-time-link.js';
import { OperatorSessionDesk } from './operator-session-desk.js';
import { OperatorSessionsController } from './operator-sessions.controller.js';
import { OperatorSignIns } from './operator-sign-ins.js';
import { ResumeTokens } from './resume-tokens.js';
import { Revocations } from './revocations.js';
import { SignInController } from './sign-in.controller.js';
import { SignIn } from './sign-in.js';
import { SsoCredential } from './sso/sso-credential.js';
import { SsoModule } from './sso/sso.module.js';
import { TenantMembers } from './sso/tenant-members.js';
import { TicketsController } from './tickets.controller.js';
import { Tickets } from './tickets.js';

/** Who is calling, for every door. The ports it asks come from global providers. */
@Global()
@Module({
  imports: [SsoModule],
  controllers: [KeysController, TicketsController, SignInController, OperatorSessionsController],
  providers: [
    AdminKey,
    ApiKeys,
    CliCredential,
    CredentialRevoker,
    CredentialStatus,
    ExpiredSweep,
    FailedSignIns,
    IssuerKeys,
    KeyRing,
    KeyUses,
    OneTimeLink,
    OperatorSessionDesk,
    OperatorSignIns,
    ResumeTokens,
    Revocations,
    SignIn,
    SsoCredential,
    TenantMembers,
    Tickets,
    TrustedIssuers,
    UserTokens,
    VerifiedTokens,
    { provide: Authenticator, useClass: CredentialAuthenticator },
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [ApiKeys, Authenticator, CliCredential, CredentialRevoker, ExpiredSweep, FailedSignIns, KeyUses, OneTimeLink, OperatorSignIns, SsoCredential, IssuerKeys, TenantMembers, TrustedIssuers],
})
export class AuthModule {}
