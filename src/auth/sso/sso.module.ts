import { Module } from '@nestjs/common';
import { OidcProvider } from './oidc/oidc-provider.js';
import { OidcSignIn } from './oidc/oidc-sign-in.js';
import { PendingSignIns } from './pending-sign-ins.js';
import { SsoAdmission } from './sso-admission.js';
import { SsoSignIn } from './sso-sign-in.js';
import { SsoController } from './sso.controller.js';

/** Operators' sign-in by an identity provider. Its libraries are loaded when somebody signs in, never at start. */
@Module({
  controllers: [SsoController],
  providers: [OidcProvider, OidcSignIn, PendingSignIns, SsoAdmission, SsoSignIn],
})
export class SsoModule {}
