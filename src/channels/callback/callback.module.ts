import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ChannelRegistry } from '../../gateway/channel-registry.js';
import { CallbackResealing } from './callback-resealing.js';
import { CallbackSecrets } from './callback-secrets.js';
import { CallbackSecretsController } from './callback-secrets.controller.js';
import { CallbackChannel } from './callback.channel.js';
import { SessionCallbackController } from './session-callback.controller.js';

/** The outward channel `callback`. */
@Module({ controllers: [SessionCallbackController, CallbackSecretsController], providers: [CallbackChannel, CallbackResealing, CallbackSecrets] })
export class CallbackModule implements OnApplicationBootstrap {
  constructor(
    registry: ChannelRegistry,
    channel: CallbackChannel,
    private readonly resealing: CallbackResealing,
  ) {
    registry.register(channel);
  }

  onApplicationBootstrap(): Promise<void> {
    return this.resealing.atStart();
  }
}
