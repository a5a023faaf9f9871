import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AdminKey } from './admin-key.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { CredentialAuthenticator } from './credential-authenticator.js';
import { CredentialStatus } from './credential-status.js';
import { KeyRing } from './key-ring.js';
import { KeyUses } from './key-uses.js';
import { OperatorSignIns } from './operator-sign-ins.js';
import { ResumeTokens } from './resume-tokens.js';
import { Revocations } from './revocations.js';
import { Tickets } from './tickets.js';

/** Who is calling, for every door. The ports it asks (Keys, Tokens, OperatorSessions, Sessions, Clock, IdGenerator) come from global providers. */
@Global()
@Module({
  providers: [
    AdminKey,
    CredentialStatus,
    KeyRing,
    KeyUses,
    OperatorSignIns,
    ResumeTokens,
    Revocations,
    Tickets,
    { provide: Authenticator, useClass: CredentialAuthenticator },
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [Authenticator, KeyUses],
})
export class AuthModule {}
