import { useState } from 'react';
import { MemberSchema, RoleSchema, ROLES, type Member } from '#libs/contracts';
import { http } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { useList } from '../gateway/use-list.js';
import { ActButton } from '../parts/act-button.js';
import { useConfirm } from '../parts/confirm.js';
import { Panel } from '../parts/panel.js';
import { OutsideText } from '../views/outside-text.js';
import { TroubleNote } from '../views/trouble-note.js';
import { Field, textOf } from './field.js';
import { FormModal } from './form-modal.js';
import { MoreButton } from './more-button.js';

/** Operators who sign in at the identity provider and may work in the tenant. */
export function MembersPanel({ tenantPath }: { readonly tenantPath: string }) {
  const path = `${tenantPath}/members`;
  const list = useList(path, MemberSchema);
  const [adding, setAdding] = useState(false);
  const { act, busy } = useAct();
  const confirm = useConfirm();
  const setRole = (member: Member, role: string) =>
    act(() => http.call('PATCH', `${path}/${encodeURIComponent(member.id)}`, MemberSchema, { body: { role: RoleSchema.parse(role) } }), {
      done: 'The role is changed; they sign in again with it',
      refresh: [path],
    });
  const remove = async (member: Member): Promise<void> => {
    const text = (
      <>
        <OutsideText>{nameOf(member)}</OutsideText> may no longer work in this tenant and is signed out of it.
      </>
    );
    if (!(await confirm({ title: 'Take this member away?', text, action: 'Take away' }))) return;
    await act(() => http.callForNothing('DELETE', `${path}/${encodeURIComponent(member.id)}`), { done: 'The member is gone', refresh: [path] });
  };
  const add = async (form: FormData): Promise<void> => {
    const role = textOf(form, 'role');
    const [address, issuer, subject] = [textOf(form, 'address'), textOf(form, 'issuer'), textOf(form, 'subject')];
    await http.call('POST', path, MemberSchema, { body: address === '' ? { issuer, subject, role } : { address, role } });
  };
  return (
    <Panel title="Members" aside={<button type="button" className="secondary" onClick={() => setAdding(true)}>Add a member</button>}>
      {list.trouble !== null && <TroubleNote trouble={list.trouble} />}
      {!list.loading && list.rows.length === 0 && <p className="soft">Nobody signs in to this tenant at the identity provider by name.</p>}
      <ul className="plain-list">
        {list.rows.map((member) => (
          <li key={member.id}>
            <span className="grow">
              <OutsideText>{nameOf(member)}</OutsideText>
              {member.operatorId === null && <span className="soft"> has not signed in yet</span>}
            </span>
            <select
              aria-label={`Role of ${nameOf(member)}`}
              aria-busy={busy}
              value={member.role}
              onChange={(event) => {
                if (!busy) void setRole(member, event.target.value);
              }}
            >
              {ROLES.map((role) => (
                <option key={role}>{role}</option>
              ))}
            </select>
            <ActButton className="quiet destroys" off={busy} onClick={() => void remove(member)} aria-label={`Take away ${nameOf(member)}`}>
              Take away
            </ActButton>
          </li>
        ))}
      </ul>
      <MoreButton list={list} />
      <FormModal title="Add a member" open={adding} onClose={() => setAdding(false)} action="Add" submit={add} done="They may sign in now" refresh={[path]}>
        <Field name="address" label="Address" type="email" maxLength={254} hint="Whoever signs in with this verified address takes the place. Or, for an account that is known:" />
        <div className="form-grid">
          <Field name="issuer" label="Issuer" maxLength={512} />
          <Field name="subject" label="Subject" maxLength={255} />
        </div>
        <label className="form-field">
          <span>Role</span>
          <select name="role" defaultValue="viewer">
            {ROLES.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </label>
      </FormModal>
    </Panel>
  );
}

function nameOf({ address, issuer, subject }: Member): string {
  return address ?? `${subject ?? ''} at ${issuer ?? ''}`;
}
