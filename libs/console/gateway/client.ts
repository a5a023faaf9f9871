import { HttpConnection, ParleyClient } from '#libs/client';

const OWN_ORIGIN = { url: '', deadlineMs: 15_000 };

/** The gateway that served this page; the browser's cookie says who is calling. */
export const client = new ParleyClient(OWN_ORIGIN);

/** The same, for the addresses of signing in, which only a page calls. */
export const http = new HttpConnection(OWN_ORIGIN);
