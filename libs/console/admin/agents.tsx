import { useState } from 'react';
import { AGENT_SKILLS, AgentSchema, DeploymentSchema, type AgentView, type Deployment } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { http } from '../gateway/client.js';
import { useList } from '../gateway/use-list.js';
import { Badge, type Tone } from '../parts/badge.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { Page as PageFrame } from '../parts/page.js';
import { RowLink } from '../parts/row-link.js';
import { TimeText } from '../parts/time-text.js';
import { useMay } from '../shell/me.js';
import { OutsideText } from '../views/outside-text.js';
import { Checks, Field, TextField, textOf } from './field.js';
import { FormModal } from './form-modal.js';
import { Named } from './named.js';
import { DEPLOYMENTS, useDeployments } from './use-deployments.js';
import '../styles/admin.css';

export const AGENTS = '/api/v1/control-plane/agents';
const REFRESH_MS = 2_000;

export const HEALTH_TONES: Readonly<Record<AgentView['health']['status'], Tone>> = { healthy: 'good', unhealthy: 'bad', unknown: 'quiet' };
export const STATE_TONES: Readonly<Record<Deployment['state'], Tone>> = { running: 'good', stopped: 'warn', restarting: 'busy' };

/** What answers, how it does, and how much of it runs. */
export function Page() {
  const agents = useList(AGENTS, AgentSchema, { refreshMs: REFRESH_MS });
  const deployments = useDeployments(REFRESH_MS);
  const mayWrite = useMay(PERMISSIONS.writeControlPlane);
  const [adding, setAdding] = useState(false);
  const columns: Column<AgentView>[] = [
    {
      head: 'Agent',
      width: 'minmax(0, 2fr)',
      phone: 'title',
      cell: ({ id, name }) => <RowLink to={`/agents/${encodeURIComponent(id)}`}><OutsideText>{name}</OutsideText></RowLink>,
    },
    { head: 'Model', width: 'minmax(0, 2fr)', cell: ({ model }) => (model === null ? '–' : <OutsideText>{model}</OutsideText>) },
    { head: 'Health', width: '7.5rem', cell: ({ health }) => <Badge tone={HEALTH_TONES[health.status]}>{health.status}</Badge> },
    { head: 'Since', width: '7rem', phone: 'hidden', cell: ({ health }) => <TimeText at={health.since} /> },
    { head: 'Deployment', width: '8rem', cell: ({ name }) => deployments !== null && <DeploymentState deployment={deployments.get(name)} /> },
    { head: 'Running', width: '8rem', align: 'end', cell: ({ name }) => <Named word="run"><Running deployment={deployments?.get(name)} /></Named> },
    { head: 'Waiting', width: '6rem', align: 'end', cell: ({ name }) => <Named word="wait">{deployments?.get(name)?.queued.toLocaleString('en') ?? '–'}</Named> },
  ];
  return (
    <PageFrame
      title="Agents"
      fills
      lead="What answers messages. One that is not deployed, or is stopped, keeps its messages until it runs."
      actions={mayWrite && <button type="button" className="primary" onClick={() => setAdding(true)}>New agent</button>}
    >
      <DataTable label="Agents" list={agents} columns={columns} rowId={({ id }) => id} empty={<p>No agent.</p>} />
      <AddAgent open={adding} onClose={() => setAdding(false)} />
    </PageFrame>
  );
}

function DeploymentState({ deployment }: { readonly deployment: Deployment | undefined }) {
  return deployment === undefined ? <Badge tone="quiet">not deployed</Badge> : <Badge tone={STATE_TONES[deployment.state]}>{deployment.state}</Badge>;
}

function Running({ deployment }: { readonly deployment: Deployment | undefined }) {
  return deployment === undefined ? '–' : `${deployment.running.toLocaleString('en')} of ${deployment.replicas.toLocaleString('en')}`;
}

function AddAgent({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const submit = async (form: FormData): Promise<void> => {
    const agent = await http.call('POST', AGENTS, AgentSchema, { body: agentOf(form) });
    if (form.get('deploy') !== null) await http.call('POST', DEPLOYMENTS, DeploymentSchema, { body: { agent: agent.name } });
  };
  return (
    <FormModal title="New agent" open={open} onClose={onClose} action="Register it" submit={submit} done="The agent is registered" refresh={[AGENTS, DEPLOYMENTS]}>
      <Field name="name" label="Name" required maxLength={128} hint="Messages name it; it cannot be changed." />
      <AgentFields agent={null} />
      <Checks legend="Then" name="deploy" options={[{ value: 'yes', label: 'put it to work at once', hint: 'Without it, its messages wait.' }]} chosen={['yes']} />
    </FormModal>
  );
}

/** What may be said about an agent besides its name. */
export function AgentFields({ agent }: { readonly agent: AgentView | null }) {
  return (
    <>
      <Field name="model" label="Model" required maxLength={256} defaultValue={agent?.model ?? ''} placeholder="openai/gpt-5" hint="provider/model; the settings say which providers can be reached." />
      <TextField name="instructions" label="Instructions" rows={5} maxLength={32_768} defaultValue={agent?.instructions ?? ''} hint="Told to the model before everything else. May be empty." />
      <Checks legend="Skills" name="skills" options={AGENT_SKILLS.map((value) => ({ value, label: value }))} chosen={agent?.skills ?? []} />
      <Field
        name="heartbeatS"
        label="Heartbeat in seconds"
        type="number"
        min={1}
        max={3600}
        defaultValue={agent?.heartbeatMs === null || agent === null ? '' : agent.heartbeatMs / 1000}
        hint="Left empty: it promises none. After three that are missing it is unhealthy."
      />
    </>
  );
}

/** What was filled in about an agent, as the gateway takes it. */
export function agentOf(form: FormData): object {
  const [name, instructions, heartbeat] = [textOf(form, 'name'), textOf(form, 'instructions'), textOf(form, 'heartbeatS')];
  return {
    ...(name === '' ? {} : { name }),
    model: textOf(form, 'model'),
    instructions: instructions === '' ? null : instructions,
    skills: form.getAll('skills'),
    heartbeatMs: heartbeat === '' ? null : Math.round(Number(heartbeat) * 1000),
  };
}
