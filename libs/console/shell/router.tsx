import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from '@tanstack/react-router';
import type { Me } from '#libs/contracts';
import { Frame } from './frame.js';
import { mayDo } from './me.js';
import { Broken, Loading, NotFound } from './notices.js';
import { PAGES } from './pages.js';

const BASE = '/console';

/** The ways through the console, of those pages that `me` may see; each page is loaded when it is first asked for. */
export function makeRouter(me: Me) {
  const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });
  const own = PAGES.filter(({ needs }) => mayDo(me, needs));
  const routes = own.map(({ path, load }) => createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load, 'Page') }));
  const first = own[0]?.path;
  if (first !== undefined && first !== '/') routes.push(createRoute({ getParentRoute: () => root, path: '/', component: () => <Navigate to={first} replace /> }));
  return createRouter({
    routeTree: root.addChildren(routes),
    rewrite: { input: withoutBase, output: withBase },
    defaultPreload: 'intent',
    defaultPendingComponent: Loading,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: NotFound,
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const given = Object.entries(search).flatMap(([name, value]) => (typeof value === 'string' && value !== '' ? [[name, value]] : []));
      return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
    },
  });
}

/** Begins to load the page at this address of the browser, where one of that name stands at it. */
export function preloadPage(pathname: string): void {
  const [, , first = ''] = pathname.split('/');
  const page = PAGES.find(({ path }) => path === `/${first}`);
  // Whether it could be loaded is told by the router, which asks for it again.
  page?.load().catch(() => undefined);
}

function withoutBase({ url }: { readonly url: URL }): URL {
  url.pathname = url.pathname.slice(BASE.length);
  return url;
}

/** The first page stands at `/console`, without a slash behind it: the gateway serves it there. */
function withBase({ url }: { readonly url: URL }): URL {
  url.pathname = url.pathname === '/' ? BASE : BASE + url.pathname;
  return url;
}
