import { useState } from 'react';
import { ApiKeySchema, CreatedApiKeySchema, DEFAULT_TENANT, SCOPES, ScopeSchema, TenantLimitsSchema, TenantSchema, type Tenant } from '#libs/contracts';
import { http } from '../gateway/client.js';
import { useList } from '../gateway/use-list.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { Modal } from '../parts/modal.js';
import { Page as PageFrame } from '../parts/page.js';
import { RowLink } from '../parts/row-link.js';
import { TimeText } from '../parts/time-text.js';
import { useMe } from '../shell/me.js';
import { OutsideText } from '../views/outside-text.js';
import { Checks, Field, textOf } from './field.js';
import { FormModal } from './form-modal.js';
import { LimitFields, limitName, limitsOf } from './limit-fields.js';
import { Secret } from './secret.js';
import '../styles/admin.css';

const PATH = '/api/v1/tenants';
const LIMITS = Object.keys(TenantLimitsSchema.shape);
const NO_LIMIT = 'Of all in the tenant together. Left empty: no limit besides that of each caller.';
const SCOPE_OPTIONS = SCOPES.map((value) => ({ value, label: value }));

type Asked = { readonly kind: 'create' } | { readonly kind: 'edit' | 'key'; readonly tenant: Tenant };

/** The customers of the gateway and what each may use. */
export function Page() {
  const list = useList(PATH, TenantSchema, { refreshMs: 10_000 });
  const gatewayWide = useMe().tenantId === DEFAULT_TENANT;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const columns: Column<Tenant>[] = [
    { head: 'Name', width: 'minmax(0, 2fr)', phone: 'title', cell: ({ id, name }) => <RowLink to={`/tenants/${encodeURIComponent(id)}`}><OutsideText>{name}</OutsideText></RowLink> },
    { head: 'Id', width: 'minmax(0, 1fr)', cell: ({ id }) => <code>{id}</code> },
    { head: 'Limits', width: 'minmax(0, 3fr)', cell: ({ limits }) => <LimitsText limits={limits} /> },
    { head: 'Made', width: '8rem', phone: 'hidden', cell: ({ createdAt }) => (Date.parse(createdAt) === 0 ? 'from the start' : <TimeText at={createdAt} />) },
    {
      head: 'Actions',
      width: '11rem',
      align: 'end',
      cell: (tenant) => (
        <span className="row-acts">
          <button type="button" className="quiet" onClick={() => setAsked({ kind: 'edit', tenant })} aria-label={`Change ${tenant.name}`}>Change</button>
          <button type="button" className="quiet" onClick={() => setAsked({ kind: 'key', tenant })} aria-label={`New key for ${tenant.name}`}>New key</button>
        </span>
      ),
    },
  ];
  return (
    <PageFrame
      title="Tenants"
      fills
      lead="Each owns its keys, sessions, agents and limits; none sees another."
      actions={gatewayWide && <button type="button" className="primary" onClick={() => setAsked({ kind: 'create' })}>New tenant</button>}
    >
      <DataTable label="Tenants" list={list} columns={columns} rowId={({ id }) => id} empty={<p>No tenant.</p>} />
      <CreateTenant open={asked?.kind === 'create'} onClose={() => setAsked(null)} />
      <EditTenant tenant={asked?.kind === 'edit' ? asked.tenant : null} onClose={() => setAsked(null)} />
      <TenantKey tenant={asked?.kind === 'key' ? asked.tenant : null} onClose={() => setAsked(null)} onSecret={setSecret} />
      <Modal title="The key" open={secret !== null} onClose={() => setSecret(null)} dismissible={false}>
        <p>This is the only time it is shown.</p>
        {secret !== null && <Secret label="API key" value={secret} onClose={() => setSecret(null)} />}
      </Modal>
    </PageFrame>
  );
}

function LimitsText({ limits }: { readonly limits: Tenant['limits'] }) {
  const set = Object.entries(limits).flatMap(([name, value]) => (typeof value === 'number' ? [`${limitName(name)} ${value.toLocaleString('en')}`] : []));
  return set.length === 0 ? <span className="soft">none</span> : <span title={set.join('\n')}>{set.join(' · ')}</span>;
}

function CreateTenant({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const submit = async (form: FormData): Promise<void> => {
    await http.call('POST', PATH, TenantSchema, { body: { id: textOf(form, 'id'), name: textOf(form, 'name'), limits: limitsOf(form, LIMITS) } });
  };
  return (
    <FormModal title="New tenant" open={open} onClose={onClose} action="Make the tenant" submit={submit} done="The tenant is made" refresh={[PATH]}>
      <Field name="id" label="Id" required maxLength={63} pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?" hint="Small letters, digits and -; it cannot be changed." />
      <Field name="name" label="Name" required maxLength={128} />
      <LimitFields names={LIMITS} empty={NO_LIMIT} />
    </FormModal>
  );
}

function EditTenant({ tenant, onClose }: { readonly tenant: Tenant | null; readonly onClose: () => void }) {
  const submit = async (form: FormData): Promise<void> => {
    const body = { name: textOf(form, 'name'), limits: limitsOf(form, LIMITS) };
    await http.call('PATCH', `${PATH}/${encodeURIComponent(tenant?.id ?? '')}`, TenantSchema, { body });
  };
  return (
    <FormModal key={tenant?.id} title="Change the tenant" open={tenant !== null} onClose={onClose} action="Keep the change" submit={submit} done="The tenant is changed" refresh={[PATH]}>
      <Field name="name" label="Name" required maxLength={128} defaultValue={tenant?.name} />
      <LimitFields names={LIMITS} limits={{ ...tenant?.limits }} empty={NO_LIMIT} />
    </FormModal>
  );
}

interface TenantKeyProps {
  readonly tenant: Tenant | null;
  readonly onClose: () => void;
  readonly onSecret: (key: string) => void;
}

function TenantKey({ tenant, onClose, onSecret }: TenantKeyProps) {
  const submit = async (form: FormData): Promise<void> => {
    const body = { name: textOf(form, 'name'), scopes: ScopeSchema.array().parse(form.getAll('scopes')) };
    const path = `${PATH}/${encodeURIComponent(tenant?.id ?? '')}/keys`;
    onSecret((await http.call('POST', path, CreatedApiKeySchema, { body })).key);
  };
  return (
    <FormModal title="New key of the tenant" open={tenant !== null} onClose={onClose} action="Make the key" submit={submit} refresh={[PATH]}>
      <p>A key of <OutsideText>{tenant?.name ?? ''}</OutsideText>; with the scope admin it is how the tenant begins to look after itself.</p>
      <Field name="name" label="Name" required maxLength={ApiKeySchema.shape.name.maxLength ?? 128} />
      <Checks legend="It may" name="scopes" options={SCOPE_OPTIONS} chosen={['admin']} />
    </FormModal>
  );
}
