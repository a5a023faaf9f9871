import { Global, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Config } from '../config/config.js';
import { earlierKeys, encryptionKey } from '../config/encryption-key.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { AuditChain } from './audit-chain.js';
import { AuditReader } from './audit-reader.js';
import { AuditVerifier } from './audit-verifier.js';
import { AuditWriter } from './audit-writer.js';
import { Audit } from './audit.js';
import { AuditController } from './audit.controller.js';
import './audits-refusals.js';
import { calledFrom } from './call-address.js';
import { HeadFile } from './head-file.js';
import { RefusalCounts } from './refusal-counts.js';

/** The audit log, and the two places of the HTTP server where it learns of calls. */
@Global()
@Module({
  controllers: [AuditController],
  providers: [
    Audit,
    AuditReader,
    AuditVerifier,
    AuditWriter,
    RefusalCounts,
    { provide: AuditChain, inject: [Config], useFactory: (config: Config) => new AuditChain(encryptionKey(config), ...earlierKeys(config)) },
    { provide: HeadFile, inject: [Config], useFactory: (config: Config) => new HeadFile(config.settings.DATA_DIR) },
  ],
  exports: [Audit, RefusalCounts],
})
export class AuditModule {
  constructor({ httpAdapter }: HttpAdapterHost, refusals: RefusalCounts, lifecycle: Lifecycle) {
    const server: FastifyInstance = httpAdapter.getInstance();
    // Behind the reading of the body: what is awaited in front of it loses the call it belongs to.
    server.addHook('preHandler', (request, _reply, done) => calledFrom(request.ip, done));
    server.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode >= 400) {
        const { auditsRefusals = false } = request.routeOptions.config;
        refusals.note(request.ip, reply.statusCode, request.principal ?? null, auditsRefusals);
      }
      done();
    });
    lifecycle.register('final', { name: 'refusals are noted', run: () => refusals.flush() });
  }
}
