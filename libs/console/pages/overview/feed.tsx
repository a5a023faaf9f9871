import { useEffect, useMemo } from 'react';
import { Link } from '@tanstack/react-router';
import { ControlEventSchema, isId, type ControlEvent } from '#libs/contracts';
import { useList } from '../../gateway/use-list.js';
import { Panel } from '../../parts/panel.js';
import { shortId } from '../../parts/short-id.js';
import { TimeText } from '../../parts/time-text.js';
import { OutsideText } from '../../views/outside-text.js';
import { TroubleNote } from '../../views/trouble-note.js';
import { newestEvents } from './newest-events.js';

interface FeedProps {
  /** What this page heard. */
  readonly live: readonly ControlEvent[];
  readonly connected: boolean;
}

/** What happened in the gateway lately, newest first; grows while one looks, and is read anew for what was missed while cut off. */
export function Feed({ live, connected }: FeedProps) {
  const stored = useList('/api/v1/control-plane/events', ControlEventSchema);
  const events = useMemo(() => newestEvents(live, stored.rows), [live, stored.rows]);
  const { again } = stored;
  useEffect(() => {
    if (connected) again();
  }, [connected, again]);
  return (
    <Panel title="What happened">
      {stored.trouble !== null && <TroubleNote trouble={stored.trouble} />}
      {!stored.loading && events.length === 0 && <p className="soft">Nothing yet.</p>}
      <ol className="feed">
        {events.map((event) => (
          <li key={event.seq}>
            <TimeText at={event.at} />
            <span className="feed-type" data-bad={/failed|unhealthy/.test(event.type)}>
              {event.type.replaceAll('-', ' ')}
            </span>
            <span className="feed-detail">
              <OutsideText>{detailOf(event)}</OutsideText>
            </span>
            {typeof event.detail['sessionId'] === 'string' && <Link to={`/sessions/${event.detail['sessionId']}`}>Session</Link>}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

const LEFT_OUT = new Set(['sessionId', 'turnId']);

function detailOf({ detail }: ControlEvent): string {
  return Object.entries(detail)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== null)
    .map(([name, value]) => `${name}: ${plain(value)}`)
    .join(' · ');
}

function plain(value: unknown): string {
  if (typeof value === 'string' && isId(value)) return shortId(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if ('kind' in value && 'id' in value) return `${String(value.kind)} ${shortId(String(value.id))}`;
  return JSON.stringify(value);
}
