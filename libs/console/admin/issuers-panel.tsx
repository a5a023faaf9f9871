import { useState } from 'react';
import { IssuerSchema, type Issuer } from '#libs/contracts';
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

/** Whose signed tokens say who the tenant's users are. */
export function IssuersPanel({ tenantPath }: { readonly tenantPath: string }) {
  const path = `${tenantPath}/issuers`;
  const list = useList(path, IssuerSchema);
  const [adding, setAdding] = useState(false);
  const { act, busy } = useAct();
  const confirm = useConfirm();
  const remove = async ({ id, issuer }: Issuer): Promise<void> => {
    const text = (
      <>
        Tokens of <OutsideText>{issuer}</OutsideText> no longer open a door, and users who came in with one are let go.
      </>
    );
    if (!(await confirm({ title: 'Take this issuer away?', text, action: 'Take away' }))) return;
    await act(() => http.callForNothing('DELETE', `${path}/${encodeURIComponent(id)}`), { done: 'The issuer is gone', refresh: [path] });
  };
  const add = async (form: FormData): Promise<void> => {
    const [jwksUrl, sessionsClaim] = [textOf(form, 'jwksUrl'), textOf(form, 'sessionsClaim')];
    const body = {
      issuer: textOf(form, 'issuer'),
      audience: textOf(form, 'audience'),
      jwksUrl: jwksUrl === '' ? null : jwksUrl,
      userIdClaim: textOf(form, 'userIdClaim'),
      userIdPrefix: textOf(form, 'userIdPrefix'),
      sessionsClaim: sessionsClaim === '' ? null : sessionsClaim,
    };
    await http.call('POST', path, IssuerSchema, { body });
  };
  return (
    <Panel title="Issuers of user tokens" aside={<button type="button" className="secondary" onClick={() => setAdding(true)}>Add an issuer</button>}>
      {list.trouble !== null && <TroubleNote trouble={list.trouble} />}
      {!list.loading && list.rows.length === 0 && <p className="soft">Users of this tenant come in with tickets only.</p>}
      <ul className="plain-list">
        {list.rows.map((issuer) => (
          <li key={issuer.id}>
            <span className="grow">
              <OutsideText>{issuer.issuer}</OutsideText>
              <span className="soft"> for <OutsideText>{issuer.audience}</OutsideText>, user in “<OutsideText>{issuer.userIdClaim}</OutsideText>”</span>
            </span>
            <ActButton className="quiet destroys" off={busy} onClick={() => void remove(issuer)} aria-label={`Take away ${issuer.issuer}`}>
              Take away
            </ActButton>
          </li>
        ))}
      </ul>
      <MoreButton list={list} />
      <FormModal title="Add an issuer" open={adding} onClose={() => setAdding(false)} action="Add" submit={add} done="Its tokens open the door now" refresh={[path]}>
        <Field name="issuer" label="Issuer" required maxLength={512} placeholder="https://login.example.com" hint="The claim iss of its tokens, to the letter." />
        <Field name="audience" label="Audience" required maxLength={256} hint="What the claim aud must hold." />
        <Field name="jwksUrl" label="Address of its keys" type="url" maxLength={2048} hint="Left empty: found by the issuer’s openid-configuration." />
        <div className="form-grid">
          <Field name="userIdClaim" label="Claim of the user id" required maxLength={128} defaultValue="sub" />
          <Field name="userIdPrefix" label="Put before the user id" maxLength={64} />
          <Field name="sessionsClaim" label="Claim of session ids" maxLength={128} />
        </div>
      </FormModal>
    </Panel>
  );
}
