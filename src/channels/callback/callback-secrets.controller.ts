import { Body, Controller, Post } from '@nestjs/common';
import { failure, FailureError, SetCallbackSchema, type Principal, type SetCallback } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { CallbackTargets } from '#libs/ports';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { CallbackSecrets } from './callback-secrets.js';

/** New signing secrets for addresses that operators send to. */
@Controller('api/v1/channels/callback/secrets')
export class CallbackSecretsController {
  constructor(
    private readonly targets: CallbackTargets,
    private readonly secrets: CallbackSecrets,
  ) {}

  /** The earlier secret of the address signs nothing any more. */
  @Post()
  @Requires(PERMISSIONS.writeControlPlane)
  async replace(@Caller() { tenantId }: Principal, @Body({ schema: SetCallbackSchema }) { url: given }: SetCallback): Promise<{ url: string; secret: string }> {
    const url = URL.canParse(given) ? new URL(given).href : given;
    const { secret, sealed } = this.secrets.make({ tenantId, sessionId: null, url });
    if (!(await this.targets.replaceSecret(tenantId, url, sealed))) throw new FailureError(failure('not_found', 'nothing was sent to this address yet'));
    return { url, secret };
  }
}
