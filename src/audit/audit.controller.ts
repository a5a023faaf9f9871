import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  AuditEntrySchema,
  AuditExportQuerySchema,
  AuditQuerySchema,
  AuditVerdictSchema,
  DEFAULT_TENANT,
  FailureError,
  pageSchema,
  type AuditEntry,
  type AuditExportQuery,
  type AuditQuery,
  type AuditVerdict,
  type Page,
  type Principal,
} from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Operation } from '../operation/operation.js';
import { Audit } from './audit.js';
import { AuditReader } from './audit-reader.js';
import { AuditVerifier } from './audit-verifier.js';

@Controller('api/v1/audit')
export class AuditController {
  constructor(
    private readonly reader: AuditReader,
    private readonly verifier: AuditVerifier,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Requires(PERMISSIONS.readAudit)
  @Operation('Lists what was done in the tenant, newest first.', pageSchema(AuditEntrySchema))
  list(@Caller() caller: Principal, @Query({ schema: AuditQuerySchema }) query: AuditQuery): Promise<Page<AuditEntry>> {
    return granted(this.reader.list(caller, query));
  }

  @Get('export')
  @Requires(PERMISSIONS.readAudit)
  @Operation('Streams the same entries as lines of JSON.', null, { media: 'application/x-ndjson' })
  async export(@Caller() caller: Principal, @Query({ schema: AuditExportQuerySchema }) filter: AuditExportQuery, @Res() reply: FastifyReply): Promise<void> {
    await this.audit.record(caller, { action: 'audit.export', after: filter });
    await reply.type('application/x-ndjson').send(Readable.from(this.reader.lines(caller, filter), { objectMode: true, highWaterMark: 64 }));
  }

  @Post('verify')
  @HttpCode(200)
  @Requires(PERMISSIONS.administer)
  @Operation('Walks the whole log and names the first entry that is not as it was written.', AuditVerdictSchema)
  verify(@Caller() caller: Principal): Promise<AuditVerdict> {
    // The chain is one for all tenants, and walking it is work for the whole gateway.
    if (caller.tenantId !== DEFAULT_TENANT) throw FailureError.of('permission_denied', 'This is for the admins of the tenant default.');
    return this.verifier.verify();
  }
}
