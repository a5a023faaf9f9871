import type { FunctionComponent } from 'react';
import type { Summary } from '#libs/contracts';
import { PERMISSIONS, type Permission } from '#libs/policy';
import type { IconName } from './icon.js';

/** A page of the console. */
export interface PageEntry {
  /** Behind `/console`; `$name` is a parameter. */
  readonly path: string;
  readonly title: string;
  /** Only those who may see it in the navigation, and get it. */
  readonly needs: Permission;
  /** Where it stands in the navigation; a page without one is reached from others. */
  readonly nav?: {
    readonly group: NavGroup;
    readonly icon: IconName;
    readonly key?: string;
    /** A number beside the title; 0 is not shown. */
    readonly count?: (summary: Summary) => number;
  };
  /** The module that holds it; loaded when it is first asked for. */
  readonly load: () => Promise<{ readonly Page: FunctionComponent }>;
}

export const NAV_GROUPS = ['Now', 'At work', 'Access', 'Gateway'] as const;
export type NavGroup = (typeof NAV_GROUPS)[number];

const { administer, manageKeys, readAudit, readControlPlane, readOwnSessions } = PERMISSIONS;

/** Every page of the console, in the order of the navigation. `key` behind `g` is its shortcut. */
export const PAGES: readonly PageEntry[] = [
  { path: '/', title: 'Overview', needs: readControlPlane, nav: { group: 'Now', icon: 'pulse', key: 'o' }, load: () => import('../pages/overview/overview.js') },
  { path: '/sessions', title: 'Sessions', needs: readOwnSessions, nav: { group: 'Now', icon: 'talk', key: 's' }, load: () => import('../pages/sessions.js') },
  { path: '/sessions/$sessionId', title: 'Session', needs: readOwnSessions, load: () => import('../pages/session/session.js') },
  { path: '/messages/$messageId', title: 'Message', needs: readOwnSessions, load: () => import('../pages/message/message.js') },
  {
    path: '/queue',
    title: 'Queue',
    needs: readControlPlane,
    nav: { group: 'Now', icon: 'queue', key: 'q', count: ({ turns }) => turns.queued },
    load: () => import('../pages/queue.js'),
  },
  { path: '/connections', title: 'Connections', needs: readControlPlane, nav: { group: 'Now', icon: 'plug', key: 'c' }, load: () => import('../pages/connections.js') },
  { path: '/agents', title: 'Agents', needs: readControlPlane, nav: { group: 'At work', icon: 'agent', key: 'a', count: ({ agents }) => agents.unhealthy }, load: () => import('../admin/agents.js') },
  { path: '/agents/$id', title: 'Agent', needs: readControlPlane, load: () => import('../admin/agent.js') },
  { path: '/channels', title: 'Channels', needs: readControlPlane, nav: { group: 'At work', icon: 'door', key: 'h' }, load: () => import('../admin/channels.js') },
  {
    path: '/dead-letters',
    title: 'Dead letters',
    needs: readControlPlane,
    nav: { group: 'At work', icon: 'letter', key: 'd', count: ({ outbox }) => outbox.deadLetters },
    load: () => import('../admin/dead-letters.js'),
  },
  { path: '/keys', title: 'Keys', needs: manageKeys, nav: { group: 'Access', icon: 'key', key: 'k' }, load: () => import('../admin/keys.js') },
  { path: '/tenants', title: 'Tenants', needs: administer, nav: { group: 'Access', icon: 'people', key: 't' }, load: () => import('../admin/tenants.js') },
  { path: '/tenants/$id', title: 'Tenant', needs: administer, load: () => import('../admin/tenant.js') },
  { path: '/usage', title: 'Usage', needs: readControlPlane, nav: { group: 'Access', icon: 'coins', key: 'u' }, load: () => import('../admin/usage.js') },
  { path: '/audit', title: 'Audit', needs: readAudit, nav: { group: 'Access', icon: 'book', key: 'l' }, load: () => import('../admin/audit.js') },
  { path: '/health', title: 'Health', needs: readControlPlane, nav: { group: 'Gateway', icon: 'heart', key: 'e' }, load: () => import('../admin/health.js') },
  { path: '/settings', title: 'Settings', needs: administer, nav: { group: 'Gateway', icon: 'gear', key: 'i' }, load: () => import('../admin/settings.js') },
  { path: '/first-steps', title: 'First steps', needs: readControlPlane, nav: { group: 'Gateway', icon: 'flag', key: 'f' }, load: () => import('../pages/first-steps.js') },
];
