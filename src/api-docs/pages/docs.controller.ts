import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FailureError } from '#libs/contracts';
import { OpenToAll } from '../../auth/access.js';
import { Operation } from '../../operation/operation.js';
import { DocFiles } from './doc-files.js';
import { DOC_HEADERS } from './doc-headers.js';

const UNCHANGED = { 304: { description: 'The caller has it already.', schema: null } };

/** The pages about the API, for people. No data is in them. */
@Controller('docs')
@OpenToAll()
export class DocsController {
  constructor(private readonly files: DocFiles) {}

  @Get()
  @Operation('Serves Swagger UI, in which every route can be tried.', null, { media: 'text/html', answers: UNCHANGED })
  swagger(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve('index.html', request, reply);
  }

  @Get('errors')
  @Operation('Explains every code of a problem, each under its own anchor.', null, { media: 'text/html', answers: UNCHANGED })
  errors(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve('errors.html', request, reply);
  }

  @Get('assets/:name')
  @Operation('Serves a file that these pages are made of.', null, { media: 'text/javascript', answers: UNCHANGED })
  asset(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (name.endsWith('.html')) throw FailureError.of('not_found', 'There is no such file.');
    return this.serve(name, request, reply);
  }

  private async serve(name: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const file = await this.files.find(name);
    if (file === null) throw FailureError.of('not_found', 'There is no such file.');
    reply.headers({ ...DOC_HEADERS, ETag: file.etag, Vary: 'Accept-Encoding', 'Content-Type': file.contentType });
    if (request.headers['if-none-match']?.includes(file.etag) === true) {
      reply.code(304).send();
      return;
    }
    const takesGzip = /(^|,)\s*gzip\s*(,|;\s*q=(1|0\.\d*[1-9])|$)/.test(String(request.headers['accept-encoding'] ?? ''));
    if (takesGzip) reply.header('Content-Encoding', 'gzip');
    reply.send(takesGzip ? file.gzip : file.body);
  }
}
