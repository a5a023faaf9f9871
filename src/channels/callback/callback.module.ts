import { Module } from '@nestjs/common';
import { ChannelRegistry } from '../../gateway/channel-registry.js';
import { CallbackSecrets } from './callback-secrets.js';
import { CallbackSecretsController } from './callback-secrets.controller.js';
import { CallbackChannel } from './callback.channel.js';
import { SessionCallbackController } from './session-callback.controller.js';

/** The outward channel `callback`. */
@Module({ controllers: [SessionCallbackController, CallbackSecretsController], providers: [CallbackChannel, CallbackSecrets] })
export class CallbackModule {
  constructor(registry: ChannelRegistry, channel: CallbackChannel) {
    registry.register(channel);
  }
}
