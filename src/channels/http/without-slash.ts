import type { FastifyReply, FastifyRequest } from 'fastify';

const PAGE_WITH_SLASH = /^(\/(?:console|playground|docs(?:\/errors)?))\/(\?.*)?$/;

/** Leads from the address of a page with a slash behind it, as people write it, to the page; Nest itself declares no such route. */
export function withoutSlash(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const [, page, query = ''] = (request.method === 'GET' && PAGE_WITH_SLASH.exec(request.url)) || [];
  if (page === undefined) done();
  else reply.redirect(page + query, 302);
}
