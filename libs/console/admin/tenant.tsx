import { Link, useParams } from '@tanstack/react-router';
import { TenantSchema } from '#libs/contracts';
import { useOne } from '../gateway/use-one.js';
import { Page as PageFrame } from '../parts/page.js';
import { Panel } from '../parts/panel.js';
import { Reading } from '../parts/reading.js';
import { Facts } from './facts.js';
import { IssuersPanel } from './issuers-panel.js';
import { limitName } from './limit-fields.js';
import { MembersPanel } from './members-panel.js';
import '../styles/admin.css';

/** One tenant: its limits, the operators who may work in it, and whose tokens say who its users are. */
export function Page() {
  const { id = '' }: { readonly id?: string } = useParams({ strict: false });
  const path = `/api/v1/tenants/${encodeURIComponent(id)}`;
  const read = useOne(path, TenantSchema);
  const tenant = read.value;
  const back = <Link to="/tenants" className="back">Tenants</Link>;
  if (tenant === null) {
    return (
      <PageFrame title="Tenant" back={back}>
        <Reading one={read} />
      </PageFrame>
    );
  }
  const limits = Object.entries(tenant.limits).map(([name, value]) => [limitName(name), value === null ? 'no limit' : value.toLocaleString('en')] as const);
  return (
    <PageFrame title={tenant.name} back={back}>
      <Reading one={read} />
      <Panel title="Limits of all together">
        <Facts items={[['Id', <code key="id">{tenant.id}</code>], ...limits]} />
      </Panel>
      <MembersPanel tenantPath={path} />
      <IssuersPanel tenantPath={path} />
    </PageFrame>
  );
}
