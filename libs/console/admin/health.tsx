import { z } from 'zod';
import { AgentHealthSchema } from '#libs/contracts';
import { useList } from '../gateway/use-list.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Page as PageFrame } from '../parts/page.js';
import { Panel } from '../parts/panel.js';
import { Reading } from '../parts/reading.js';
import { SinceText } from '../parts/since-text.js';
import { OutsideText } from '../views/outside-text.js';
import { TroubleNote } from '../views/trouble-note.js';
import { MoreButton } from './more-button.js';
import { useReadiness, type Check } from './use-readiness.js';
import '../styles/admin.css';

const WHOLE = {
  ok: { tone: 'good', word: 'Everything works' },
  degraded: { tone: 'warn', word: 'Works with less' },
  unavailable: { tone: 'bad', word: 'Not ready' },
} as const;

const MEANS: Readonly<Record<string, string>> = {
  database: 'The store answers and writes.',
  redis: 'The link between the nodes answers.',
  'crash-loop': 'Starts do not die one after another.',
  'store-check': 'After an end by force all of the store was read and found whole, or is being read.',
  shutdown: 'The process is not on its way down.',
  inbox: 'There is room for more turns to wait.',
  channels: 'No channel is stopped.',
  models: 'The providers of the models answer, or none is needed.',
  agents: 'No agent is unhealthy.',
};

/** Whether the gateway can do its work, check by check, and how its agents do. */
export function Page() {
  const readiness = useReadiness();
  const agents = useList('/api/v1/control-plane/health', AgentHealthSchema, { refreshMs: 3_000 });
  const whole = readiness.value === null ? null : WHOLE[readiness.value.status];
  return (
    <PageFrame title="Health" lead="Real probes, each asked at most once a second." actions={whole !== null && <Badge tone={whole.tone}>{whole.word}</Badge>}>
      <Reading one={readiness} />
      <Panel title="Checks">
        <ul className="check-list">
          {Object.entries(readiness.value?.checks ?? {}).map(([name, check]) => (
            <CheckRow key={name} name={name} check={check} />
          ))}
        </ul>
      </Panel>
      <Panel title="Agents">
        {agents.trouble !== null && <TroubleNote trouble={agents.trouble} />}
        <ul className="check-list">
          {agents.rows.map(({ id, agent, status, since, reason }) => (
            <li key={id}>
              <Badge tone={TONES[status]}>{status}</Badge>
              <strong><OutsideText>{agent}</OutsideText></strong>
              <span className="soft">for <SinceText at={since} /></span>
              {reason !== undefined && <p><OutsideText>{reason}</OutsideText></p>}
            </li>
          ))}
        </ul>
        <MoreButton list={agents} />
      </Panel>
    </PageFrame>
  );
}

const TONES: Readonly<Record<z.infer<typeof AgentHealthSchema>['status'], Tone>> = { healthy: 'good', unhealthy: 'bad', unknown: 'quiet' };

function CheckRow({ name, check: { status, since, detail } }: { readonly name: string; readonly check: Check }) {
  return (
    <li>
      <Badge tone={status === 'up' ? 'good' : 'bad'}>{status}</Badge>
      <strong>{name}</strong>
      <span className="soft">for <SinceText at={since} /></span>
      {status === 'up' && MEANS[name] !== undefined && <p className="soft">{MEANS[name]}</p>}
      {detail !== undefined && <p><OutsideText>{detail}</OutsideText></p>}
    </li>
  );
}
