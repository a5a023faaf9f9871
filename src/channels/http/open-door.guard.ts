import { Injectable, type CanActivate } from '@nestjs/common';
import { FailureError } from '#libs/contracts';
import { HttpChannel } from './http.channel.js';

/** Lets nobody in while the channel is stopped. */
@Injectable()
export class OpenDoorGuard implements CanActivate {
  constructor(private readonly channel: HttpChannel) {}

  canActivate(): boolean {
    if (this.channel.refusal !== null) throw new FailureError(this.channel.refusal);
    return true;
  }
}
