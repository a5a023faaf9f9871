import { useState } from 'react';
import { ApiKeySchema, CreatedApiKeySchema, PrincipalLimitsSchema, SCOPES, ScopeSchema, type ApiKey, type Scope } from '#libs/contracts';
import { http } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { useList } from '../gateway/use-list.js';
import { Badge } from '../parts/badge.js';
import { useConfirm } from '../parts/confirm.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { Modal } from '../parts/modal.js';
import { Page as PageFrame } from '../parts/page.js';
import { TimeText } from '../parts/time-text.js';
import { OutsideText } from '../views/outside-text.js';
import { Checks, Field, textOf } from './field.js';
import { FormModal } from './form-modal.js';
import { LimitFields, limitsOf } from './limit-fields.js';
import { Named } from './named.js';
import { Secret } from './secret.js';
import '../styles/admin.css';

const PATH = '/api/v1/keys';
const LIMITS = Object.keys(PrincipalLimitsSchema.shape);
const NO_LIMIT = 'Left empty: as the settings of the gateway say.';

const MEANS: Readonly<Record<Scope, string>> = {
  messages: 'send, cancel, join and read in its own sessions',
  'sessions:read': 'read all sessions of the tenant',
  'sessions:write': 'change and write in all sessions of the tenant',
  tickets: 'mint tickets for users',
  'control:read': 'see the control plane',
  'control:write': 'change what runs',
  keys: 'manage keys',
  'audit:read': 'read the audit log',
  metrics: 'read the metrics',
  admin: 'everything in the tenant',
};
const SCOPE_OPTIONS = SCOPES.map((value) => ({ value, label: value, hint: MEANS[value] }));

type Asked = { readonly kind: 'create' } | { readonly kind: 'edit' | 'rotate'; readonly key: ApiKey };

/** Keys of the tenant: made, changed, given a new secret, revoked. A secret is shown once. */
export function Page() {
  const list = useList(PATH, ApiKeySchema, { refreshMs: 10_000 });
  const [asked, setAsked] = useState<Asked | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const revoke = useRevoke();
  const columns: Column<ApiKey>[] = [
    { head: 'Name', width: 'minmax(0, 2fr)', phone: 'title', cell: ({ name }) => <strong><OutsideText>{name}</OutsideText></strong> },
    { head: 'Begins with', width: '7rem', cell: ({ prefix }) => <code>{prefix}</code> },
    { head: 'May', width: 'minmax(0, 3fr)', cell: ({ scopes }) => <span title={scopes.join(', ')}>{scopes.join(', ')}</span> },
    { head: 'Last used', width: '6.5rem', cell: ({ lastUsedAt }) => <Named word="used">{lastUsedAt === null ? 'never' : <TimeText at={lastUsedAt} />}</Named> },
    { head: 'Ends', width: '6.5rem', cell: ({ expiresAt }) => <Named word="ends"><Ends at={expiresAt} /></Named> },
    {
      head: 'Actions',
      width: '13rem',
      align: 'end',
      cell: (key) => (
        <span className="row-acts">
          <button type="button" className="quiet" onClick={() => setAsked({ kind: 'edit', key })} aria-label={`Change ${key.name}`}>Change</button>
          <button type="button" className="quiet" onClick={() => setAsked({ kind: 'rotate', key })} aria-label={`Rotate ${key.name}`}>Rotate</button>
          <button type="button" className="quiet destroys" onClick={() => void revoke(key)} aria-label={`Revoke ${key.name}`}>Revoke</button>
        </span>
      ),
    },
  ];
  return (
    <PageFrame
      title="Keys"
      fills
      lead="Who may call, and how much. Newest first."
      actions={<button type="button" className="primary" onClick={() => setAsked({ kind: 'create' })}>New key</button>}
    >
      <DataTable label="Keys" list={list} columns={columns} rowId={({ id }) => id} empty={<p>No key. Programs call the gateway with one; make the first with “New key”.</p>} />
      <CreateKey open={asked?.kind === 'create'} onClose={() => setAsked(null)} onSecret={setSecret} />
      <EditKey apiKey={asked?.kind === 'edit' ? asked.key : null} onClose={() => setAsked(null)} />
      <RotateKey apiKey={asked?.kind === 'rotate' ? asked.key : null} onClose={() => setAsked(null)} onSecret={setSecret} />
      <Modal title="The key" open={secret !== null} onClose={() => setSecret(null)} dismissible={false}>
        <p>This is the only time it is shown. Keep it where your program reads its secrets.</p>
        {secret !== null && <Secret label="API key" value={secret} onClose={() => setSecret(null)} />}
      </Modal>
    </PageFrame>
  );
}

function Ends({ at }: { readonly at: string | null }) {
  if (at === null) return 'never';
  return Date.parse(at) <= Date.now() ? <Badge tone="bad">ended</Badge> : <TimeText at={at} />;
}

interface DialogProps {
  readonly onClose: () => void;
}

function CreateKey({ open, onClose, onSecret }: DialogProps & { readonly open: boolean; readonly onSecret: (key: string) => void }) {
  const submit = async (form: FormData): Promise<void> => {
    const ends = textOf(form, 'expiresAt');
    const body = {
      name: textOf(form, 'name'),
      scopes: ScopeSchema.array().parse(form.getAll('scopes')),
      limits: limitsOf(form, LIMITS),
      ...(ends === '' ? {} : { expiresAt: new Date(ends).toISOString() }),
    };
    onSecret((await http.call('POST', PATH, CreatedApiKeySchema, { body })).key);
  };
  return (
    <FormModal title="New key" open={open} onClose={onClose} action="Make the key" submit={submit} refresh={[PATH]}>
      <Field name="name" label="Name" required maxLength={128} hint="What it is for; you find it again by this." />
      <Checks legend="It may" name="scopes" options={SCOPE_OPTIONS} chosen={['messages']} />
      <LimitFields names={LIMITS} empty={NO_LIMIT} />
      <Field name="expiresAt" label="Ends" type="datetime-local" hint="Left empty: never. It can be revoked at any time." />
    </FormModal>
  );
}

function EditKey({ apiKey, onClose }: DialogProps & { readonly apiKey: ApiKey | null }) {
  const submit = async (form: FormData): Promise<void> => {
    const body = { name: textOf(form, 'name'), scopes: ScopeSchema.array().parse(form.getAll('scopes')), limits: limitsOf(form, LIMITS) };
    await http.call('PATCH', `${PATH}/${encodeURIComponent(apiKey?.id ?? '')}`, ApiKeySchema, { body });
  };
  return (
    <FormModal key={apiKey?.id} title="Change the key" open={apiKey !== null} onClose={onClose} action="Keep the change" submit={submit} done="The key is changed" refresh={[PATH]}>
      <Field name="name" label="Name" required maxLength={128} defaultValue={apiKey?.name} />
      <Checks legend="It may" name="scopes" options={SCOPE_OPTIONS} chosen={apiKey?.scopes ?? []} />
      <LimitFields names={LIMITS} limits={{ ...apiKey?.limits }} empty={NO_LIMIT} />
    </FormModal>
  );
}

function RotateKey({ apiKey, onClose, onSecret }: DialogProps & { readonly apiKey: ApiKey | null; readonly onSecret: (key: string) => void }) {
  const submit = async (form: FormData): Promise<void> => {
    const body = { overlapSeconds: Number(textOf(form, 'minutes')) * 60 };
    onSecret((await http.call('POST', `${PATH}/${encodeURIComponent(apiKey?.id ?? '')}/rotate`, CreatedApiKeySchema, { body })).key);
  };
  return (
    <FormModal title="Give the key a new secret" open={apiKey !== null} onClose={onClose} action="Rotate" submit={submit} refresh={[PATH]}>
      <p>
        <OutsideText>{apiKey?.name ?? ''}</OutsideText> gets a new secret. The old one holds for the time you give it, so that programs can change over.
      </p>
      <Field name="minutes" label="Minutes that the old secret still holds" type="number" min={0} max={10_080} step={1} required defaultValue={60} />
    </FormModal>
  );
}

function useRevoke(): (key: ApiKey) => Promise<void> {
  const { act } = useAct();
  const confirm = useConfirm();
  return async ({ id, name }) => {
    const text = (
      <>
        <OutsideText>{name}</OutsideText> stops working within a second, and so do its tickets and open connections. This cannot be undone.
      </>
    );
    if (!(await confirm({ title: 'Revoke this key?', text, action: 'Revoke it' }))) return;
    await act(() => http.callForNothing('DELETE', `${PATH}/${encodeURIComponent(id)}`), { done: 'The key is revoked', refresh: [PATH] });
  };
}
