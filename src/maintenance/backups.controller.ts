import { createReadStream } from 'node:fs';
import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DEFAULT_TENANT, FailureError, type Principal } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Audit } from '../audit/audit.js';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Log } from '../observability/log.js';
import { Operation } from '../operation/operation.js';
import { Backups } from './backups.js';

@Controller('api/v1/backups')
export class BackupsController {
  constructor(
    private readonly backups: Backups,
    private readonly audit: Audit,
    private readonly log: Log,
  ) {}

  /** All tenants are in one store, so only an admin of the tenant that owns the gateway gets a copy. */
  @Post()
  @HttpCode(200)
  @Requires(PERMISSIONS.administer)
  @Operation('Makes a consistent copy of the whole store while the gateway runs, and sends it. For admins of the tenant `default`.', null, {
    media: 'application/vnd.sqlite3',
    description: 'The header `Repr-Digest` (RFC 9530) holds the SHA-256 of the copy. With PostgreSQL: `conflict`, use pg_dump.',
    problems: ['conflict', 'storage_unavailable'],
  })
  async make(@Caller() caller: Principal, @Res() reply: FastifyReply): Promise<void> {
    if (caller.tenantId !== DEFAULT_TENANT) throw FailureError.of('permission_denied', 'This needs an admin of the tenant default.');
    const backup = await this.audit.change(caller, { action: 'backup.make' }, () => this.backups.make());
    const discard = (): void => {
      backup.discard().catch((error: unknown) => this.log.warn('a backup could not be removed', { requestId: reply.request.id, error }));
    };
    // Who hung up while it was made is not heard of again.
    if (reply.raw.closed) {
      reply.hijack();
      return discard();
    }
    reply.raw.once('close', discard);
    reply
      .headers({
        'content-type': 'application/vnd.sqlite3',
        'content-length': backup.bytes,
        'content-disposition': 'attachment; filename="parley-backup.db"',
        'repr-digest': `sha-256=:${backup.sha256}:`,
        'cache-control': 'no-store',
      })
      .send(createReadStream(backup.file));
  }
}
