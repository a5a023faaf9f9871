import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { ConnectionSchema, type Session } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { useList } from '../../gateway/use-list.js';
import { AgentLink } from '../../parts/agent-link.js';
import { IdText } from '../../parts/id-text.js';
import { TimeText } from '../../parts/time-text.js';
import { WhoText } from '../../parts/who-text.js';
import { May } from '../../shell/me.js';
import { OutsideText } from '../../views/outside-text.js';

/** There it stands beside the transcript, else it is folded above it. */
const BESIDE = '(width >= 60rem)';
const REFRESH_MS = 3_000;

/** What is known of a session besides what was said, and, once this page is one of them, who listens. */
export function SessionFacts({ session, joined }: { readonly session: Session; readonly joined: boolean }) {
  const { id, owner, agent, createdAt, metadata } = session;
  const [wide] = useState(() => matchMedia(BESIDE).matches);
  return (
    <details className="session-facts" open={wide}>
      <summary>About this session</summary>
      <dl className="facts">
        <dt>Owner</dt>
        <dd>
          <Link to="/sessions" search={{ owner: `${owner.kind}:${owner.id}` }} title="All sessions of this owner">
            <WhoText who={owner} />
          </Link>
        </dd>
        <dt>Agent</dt>
        <dd>
          <AgentLink name={agent} />
        </dd>
        <dt>Begun</dt>
        <dd>
          <TimeText at={createdAt} />
        </dd>
        <dt>Id</dt>
        <dd>
          <IdText id={id} />
        </dd>
        {Object.entries(metadata).map(([name, value]) => (
          <div key={name} className="fact-pair">
            <dt>
              <OutsideText>{name}</OutsideText>
            </dt>
            <dd>
              <OutsideText>{value}</OutsideText>
            </dd>
          </div>
        ))}
      </dl>
      <May needs={PERMISSIONS.readControlPlane}>
        {joined && <Listeners sessionId={id} />}
      </May>
    </details>
  );
}

function Listeners({ sessionId }: { readonly sessionId: string }) {
  const { rows, loading } = useList('/api/v1/connections', ConnectionSchema, { filters: { sessionId }, refreshMs: REFRESH_MS });
  return (
    <section aria-labelledby="listeners">
      <h2 id="listeners">Who listens</h2>
      {!loading && rows.length === 0 && <p className="soft">Nobody</p>}
      <ul className="listeners">
        {rows.map(({ id, principal, channel, since }) => (
          <li key={id}>
            <WhoText who={principal} />
            <span className="soft">
              {channel}, <TimeText at={since} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
