import { Module } from '@nestjs/common';
import { OidcProvider } from './oidc/oidc-provider.js';
import { OidcSignIn } from './oidc/oidc-sign-in.js';
import { PendingSignIns } from './pending-sign-ins.js';
import { SamlProvider } from './saml/saml-provider.js';
import { SamlSignIn } from './saml/saml-sign-in.js';
import { SsoAdmission } from './sso-admission.js';
import { SsoSignIn } from './sso-sign-in.js';
import { SsoController } from './sso.controller.js';

/** Operators' sign-in by an identity provider. Its libraries are loaded when somebody signs in, never at start. */
@Module({
  controllers: [SsoController],
  providers: [OidcProvider, OidcSignIn, PendingSignIns, SamlProvider, SamlSignIn, SsoAdmission, SsoSignIn],
})
export class SsoModule {}
