import { Global, Module } from '@nestjs/common';
import { EgressGuard } from './egress-guard.js';
import { HostResolver } from './host-resolver.js';

@Global()
@Module({ providers: [EgressGuard, HostResolver], exports: [EgressGuard] })
export class EgressGuardModule {}
