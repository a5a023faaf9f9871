import { Body, Controller, Post } from '@nestjs/common';
import { AddressSecretSchema, failure, FailureError, SetCallbackSchema, type AddressSecret, type Principal, type SetCallback } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { CallbackTargets } from '#libs/ports';
import { Audit } from '../../audit/audit.js';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { CallbackSecrets } from './callback-secrets.js';

/** New signing secrets for addresses that operators send to. */
@Controller('api/v1/channels/callback/secrets')
export class CallbackSecretsController {
  constructor(
    private readonly targets: CallbackTargets,
    private readonly secrets: CallbackSecrets,
    private readonly audit: Audit,
  ) {}

  /** The earlier secret of the address signs nothing any more. */
  @Post()
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Gives an address that was sent to a new signing secret, in this answer and never again.', AddressSecretSchema)
  async replace(@Caller() caller: Principal, @Body({ schema: SetCallbackSchema }) { url: given }: SetCallback): Promise<AddressSecret> {
    const { tenantId } = caller;
    const url = URL.canParse(given) ? new URL(given).href : given;
    const { secret, sealed } = this.secrets.make({ tenantId, sessionId: null, url });
    const act = { action: 'callback.renew-secret', target: { kind: 'address', id: url } };
    const replaced = await this.audit.change(caller, act, () => this.targets.replaceSecret(tenantId, url, sealed));
    if (!replaced) throw new FailureError(failure('not_found', 'nothing was sent to this address yet'));
    return { url, secret };
  }
}
