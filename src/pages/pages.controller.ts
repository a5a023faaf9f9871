import { Controller, Get, Param, Redirect, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FailureError } from '#libs/contracts';
import { OpenToAll } from '../auth/access.js';
import { Operation } from '../operation/operation.js';
import { BuiltPages, type BuiltFile } from './built-pages.js';
import { PAGE_HEADERS } from './page-headers.js';

const PAGE = 'index.html';
const ASK_AGAIN = 'no-cache';
/** The name of an asset changes with its bytes, so a year is safe (RFC 8246). */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** The page for people: one document for its addresses, and the assets it is made of. No data is in any of them. */
@Controller()
@OpenToAll()
export class PagesController {
  constructor(private readonly pages: BuiltPages) {}

  @Get('/')
  @Redirect('/playground', 302)
  @Operation('Leads to the playground.', null, { status: 302 })
  home(): void {
    return;
  }

  @Get(['/playground', '/console', '/auth/link'])
  @Operation('Serves the page for people.', null, { media: 'text/html', problems: ['not_found'] })
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve(PAGE, ASK_AGAIN, request, reply);
  }

  @Get('/console/:page')
  @Operation('Serves the page for people, to show a page of the console.', null, { media: 'text/html', problems: ['not_found'] })
  consolePage(@Param('page') _page: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve(PAGE, ASK_AGAIN, request, reply);
  }

  @Get('/console/:page/:id')
  @Operation('Serves the page for people, to show one thing in the console.', null, { media: 'text/html', problems: ['not_found'] })
  consoleThing(@Param('page') _page: string, @Param('id') _id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve(PAGE, ASK_AGAIN, request, reply);
  }

  @Get('/assets/:name')
  @Operation('Serves a file that the page is made of.', null, { media: 'text/javascript', answers: { 304: { description: 'The caller has it already.', schema: null } } })
  asset(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve(`assets/${name}`, FOR_EVER, request, reply);
  }

  private async serve(name: string, cacheControl: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const file = await this.pages.find(name);
    if (file === null) throw FailureError.of('not_found', name === PAGE ? 'The page was not built with this gateway.' : 'There is no such file.');
    reply.headers({ ...PAGE_HEADERS, 'Cache-Control': cacheControl, ETag: file.etag, Vary: 'Accept-Encoding' });
    if (isKnown(request, file)) {
      reply.code(304).send();
      return;
    }
    const gzip = takesGzip(request) ? file.gzip : null;
    if (gzip !== null) reply.header('Content-Encoding', 'gzip');
    reply.header('Content-Type', file.contentType).send(gzip ?? file.body);
  }
}

function isKnown(request: FastifyRequest, file: BuiltFile): boolean {
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return known.includes(file.etag) || known.includes('*');
}

function takesGzip(request: FastifyRequest): boolean {
  const codings = request.headers['accept-encoding'];
  return typeof codings === 'string' && /(^|,)\s*gzip\s*(;\s*q=(1|0?\.\d*[1-9])[^,]*)?(,|$)/i.test(codings);
}
