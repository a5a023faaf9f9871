import { useState } from 'react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { AgentSchema, type AgentView } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { http } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { useOne } from '../gateway/use-one.js';
import { ActButton } from '../parts/act-button.js';
import { Badge } from '../parts/badge.js';
import { useConfirm } from '../parts/confirm.js';
import { Page as PageFrame } from '../parts/page.js';
import { Panel } from '../parts/panel.js';
import { Reading } from '../parts/reading.js';
import { SinceText } from '../parts/since-text.js';
import { TimeText } from '../parts/time-text.js';
import { useMay } from '../shell/me.js';
import { OutsideText } from '../views/outside-text.js';
import { AgentFields, agentOf, AGENTS, HEALTH_TONES } from './agents.js';
import { DeploymentPanel } from './deployment-panel.js';
import { Facts } from './facts.js';
import { FormModal } from './form-modal.js';
import { TestBox } from './test-box.js';
import { useDeployments } from './use-deployments.js';
import '../styles/admin.css';

const REFRESH_MS = 1_500;

/** One agent: what it is, how it does, how much of it runs, and a box to try it. */
export function Page() {
  const { id = '' }: { readonly id?: string } = useParams({ strict: false });
  const path = `${AGENTS}/${encodeURIComponent(id)}`;
  const read = useOne(path, AgentSchema, { refreshMs: REFRESH_MS });
  const agent = read.value;
  const deployments = useDeployments(REFRESH_MS);
  const mayWrite = useMay(PERMISSIONS.writeControlPlane);
  const maySend = useMay(PERMISSIONS.ownSessions);
  const back = <Link to="/agents" className="back">Agents</Link>;
  if (agent === null) {
    return (
      <PageFrame title="Agent" back={back}>
        <Reading one={read} />
      </PageFrame>
    );
  }
  return (
    <PageFrame title={agent.name} back={back} actions={mayWrite && agent.kind === 'model' && <Changes agent={agent} path={path} />}>
      <Reading one={read} />
      <div className="two-columns">
        <div>
          <Panel title="Agent" aside={<Badge tone={HEALTH_TONES[agent.health.status]}>{agent.health.status}</Badge>}>
            <Facts items={factsOf(agent)} />
          </Panel>
          {deployments !== null && <DeploymentPanel agent={agent} deployment={deployments.get(agent.name)} mayWrite={mayWrite} />}
        </div>
        {maySend && <TestBox key={agent.name} agent={agent.name} />}
      </div>
    </PageFrame>
  );
}

function factsOf({ kind, model, skills, instructions, heartbeatMs, health, createdAt }: AgentView) {
  const { reason, since, lastHeartbeatAt } = health;
  return [
    ['Kind', kind === 'built-in' ? 'comes with the gateway' : 'a model'] as const,
    ...(model === null ? [] : [['Model', <OutsideText key="model">{model}</OutsideText>] as const]),
    ['Health', <span key="health">{health.status} for <SinceText at={since} /></span>] as const,
    ...(reason === undefined ? [] : [['Why', <OutsideText key="why">{reason}</OutsideText>] as const]),
    ...(heartbeatMs === null ? [] : [['Heartbeat', <span key="beat">each {heartbeatMs / 1000} s{lastHeartbeatAt !== undefined && <>, last <TimeText at={lastHeartbeatAt} /></>}</span>] as const]),
    ...(skills.length === 0 ? [] : [['Skills', skills.join(', ')] as const]),
    ...(instructions === null ? [] : [['Instructions', <span key="told" className="told"><OutsideText>{instructions}</OutsideText></span>] as const]),
    ...(createdAt === undefined ? [] : [['Registered', <TimeText key="made" at={createdAt} />] as const]),
  ];
}

function Changes({ agent, path }: { readonly agent: AgentView; readonly path: string }) {
  const [editing, setEditing] = useState(false);
  const navigate = useNavigate();
  const confirm = useConfirm();
  const { act, busy } = useAct();
  const remove = async (): Promise<void> => {
    if (!(await confirm({ title: 'Take this agent away?', text: 'What still waits for it fails. This cannot be undone.', action: 'Take it away' }))) return;
    const gone = await act(() => http.callForNothing('DELETE', path), { done: 'The agent is gone', refresh: [AGENTS] });
    if (gone !== null) void navigate({ to: '/agents' });
  };
  const submit = async (form: FormData): Promise<void> => {
    await http.call('PATCH', path, AgentSchema, { body: agentOf(form) });
  };
  return (
    <>
      <button type="button" className="secondary" onClick={() => setEditing(true)}>Change</button>
      {!agent.deployed && <ActButton className="secondary destroys" off={busy} onClick={() => void remove()}>Take away</ActButton>}
      <FormModal title="Change the agent" open={editing} onClose={() => setEditing(false)} action="Keep the change" submit={submit} done="Its next turn runs with it" refresh={[AGENTS, path]}>
        <AgentFields agent={agent} />
      </FormModal>
    </>
  );
}
