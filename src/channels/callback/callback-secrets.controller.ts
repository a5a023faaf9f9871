import { Body, Controller, Post } from '@nestjs/common';
import { AddressSecretSchema, SetCallbackSchema, type AddressSecret, type Principal, type SetCallback } from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { CallbackTargets } from '#libs/ports';
import { Audit } from '../../audit/audit.js';
import { AuditsRefusals } from '../../audit/audits-refusals.js';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { CallbackChannel } from './callback.channel.js';
import { CallbackSecrets } from './callback-secrets.js';

/** New signing secrets for addresses that operators send to. */
@Controller('api/v1/channels/callback/secrets')
export class CallbackSecretsController {
  constructor(
    private readonly channel: CallbackChannel,
    private readonly targets: CallbackTargets,
    private readonly secrets: CallbackSecrets,
    private readonly audit: Audit,
  ) {}

  /** An earlier secret of the address signs nothing any more. */
  @Post()
  @AuditsRefusals()
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Gives an address a new signing secret, in this answer and never again. Nothing has to have been sent to it yet.', AddressSecretSchema, {
    problems: ['conflict'],
  })
  async renew(@Caller() caller: Principal, @Body({ schema: SetCallbackSchema }) { url: given }: SetCallback): Promise<AddressSecret> {
    const { tenantId } = caller;
    const { to: url, secret: first } = await granted(this.channel.address(given, tenantId, 'url'));
    const act = { action: 'callback.renew-secret', target: { kind: 'address', id: url } };
    if (first !== undefined) {
      await this.audit.record(caller, act);
      return { url, secret: first };
    }
    const { secret, sealed } = this.secrets.make({ tenantId, sessionId: null, url });
    await this.audit.change(caller, act, () => this.targets.replaceSecret(tenantId, url, sealed));
    return { url, secret };
  }
}
