import { useEffect, useState } from 'react';
import { DeploymentSchema, type AgentView, type Deployment } from '#libs/contracts';
import { http } from '../gateway/client.js';
import { useAct } from '../gateway/use-act.js';
import { ActButton } from '../parts/act-button.js';
import { Badge } from '../parts/badge.js';
import { useConfirm } from '../parts/confirm.js';
import { Panel } from '../parts/panel.js';
import { TimeText } from '../parts/time-text.js';
import { AGENTS, STATE_TONES } from './agents.js';
import { Facts } from './facts.js';
import { DEPLOYMENTS } from './use-deployments.js';

interface DeploymentPanelProps {
  readonly agent: AgentView;
  readonly deployment: Deployment | undefined;
  readonly mayWrite: boolean;
}

type Verb = 'stop' | 'start' | 'restart';

const DONE: Readonly<Record<Verb, string>> = {
  stop: 'Stopped; its messages wait',
  start: 'Started; what waited runs first',
  restart: 'Running turns end, then new ones begin',
};
const ASKS: Readonly<Record<'stop' | 'restart', { readonly text: string; readonly action: string }>> = {
  stop: { text: 'Turns that run go on to their end. New messages are taken and wait until it is started; none is lost.', action: 'Stop it' },
  restart: { text: 'Turns that run go on to their end; until then no new one starts. Nothing is lost.', action: 'Restart it' },
};

/** How much of an agent runs, and the ways to change it. */
export function DeploymentPanel({ agent, deployment, mayWrite }: DeploymentPanelProps) {
  const { act, busy } = useAct();
  const confirm = useConfirm();
  const refresh = [DEPLOYMENTS, AGENTS];
  if (deployment === undefined) {
    const deploy = () => act(() => http.call('POST', DEPLOYMENTS, DeploymentSchema, { body: { agent: agent.name } }), { done: 'It is at work', refresh });
    return (
      <Panel title="Deployment" aside={<Badge tone="quiet">not deployed</Badge>}>
        <p>Its messages are taken and wait until it is put to work.</p>
        {mayWrite && <div className="actions"><ActButton className="primary" off={busy} onClick={() => void deploy()}>Put it to work</ActButton></div>}
      </Panel>
    );
  }
  const { id, state, replicas, running, queued, restartedAt } = deployment;
  const path = `${DEPLOYMENTS}/${encodeURIComponent(id)}`;
  const run = async (verb: Verb): Promise<void> => {
    if (verb !== 'start' && !(await confirm({ title: `${verb === 'stop' ? 'Stop' : 'Restart'} this deployment?`, ...ASKS[verb] }))) return;
    await act(() => http.call('POST', `${path}/${verb}`, DeploymentSchema), { done: DONE[verb], refresh });
  };
  const scale = (to: number) => act(() => http.call('POST', `${path}/scale`, DeploymentSchema, { body: { replicas: to } }), { done: `At most ${to} turns at once`, refresh });
  const remove = async (): Promise<void> => {
    if (!(await confirm({ title: 'Take this deployment away?', text: 'Messages to the agent wait until it is deployed again.', action: 'Take it away' }))) return;
    await act(() => http.callForNothing('DELETE', path), { done: 'It is no longer deployed', refresh });
  };
  return (
    <Panel title="Deployment" aside={<Badge tone={STATE_TONES[state]}>{state}</Badge>}>
      <Facts
        items={[
          ['Running', `${running.toLocaleString('en')} of at most ${replicas.toLocaleString('en')} turns at once`],
          ['Waiting', `${queued.toLocaleString('en')} ${queued === 1 ? 'turn' : 'turns'}${state === 'stopped' && queued > 0 ? ', until it is started' : ''}`],
          ...(restartedAt === undefined ? [] : [['Restarted', <TimeText key="restarted" at={restartedAt} />] as const]),
        ]}
      />
      {mayWrite && (
        <>
          <ScaleForm replicas={replicas} busy={busy} onScale={(to) => void scale(to)} />
          <div className="actions">
            {state === 'stopped' ? (
              <ActButton className="primary" off={busy} onClick={() => void run('start')}>Start</ActButton>
            ) : (
              <>
                <ActButton className="secondary" off={busy} onClick={() => void run('stop')}>Stop</ActButton>
                <ActButton className="secondary" off={busy || state === 'restarting'} onClick={() => void run('restart')}>Restart</ActButton>
              </>
            )}
            {state === 'stopped' && agent.kind === 'model' && (
              <ActButton className="secondary destroys" off={busy || queued + running > 0} onClick={() => void remove()}>Take away</ActButton>
            )}
          </div>
        </>
      )}
    </Panel>
  );
}

interface ScaleFormProps {
  readonly replicas: number;
  readonly busy: boolean;
  readonly onScale: (to: number) => void;
}

/** Shows what is set until something else is typed, and again once that is set. */
function ScaleForm({ replicas, busy, onScale }: ScaleFormProps) {
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => setTyped(null), [replicas]);
  return (
    <form
      className="scale-form"
      onSubmit={(event) => {
        event.preventDefault();
        const to = Number(typed ?? replicas);
        if (!busy && Number.isInteger(to) && to > 0) onScale(to);
      }}
    >
      <label>
        Turns at once{' '}
        <input type="number" min={1} max={10_000} step={1} required value={typed ?? replicas} onChange={(event) => setTyped(event.target.value)} />
      </label>
      <ActButton type="submit" className="secondary" off={busy}>
        Scale
      </ActButton>
    </form>
  );
}
