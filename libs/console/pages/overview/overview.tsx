import type { Summary } from '#libs/contracts';
import { useWatchWithEvents } from '../../live/watch-provider.js';
import { Page as PageFrame } from '../../parts/page.js';
import { TimeText } from '../../parts/time-text.js';
import { AttentionList } from './attention-list.js';
import { Feed } from './feed.js';
import { FigureCards } from './figure-cards.js';
import { Guide } from './guide.js';

/** How the gateway does now, what needs attention, and what happened lately. */
export function Page() {
  const { connection, summary, history, events } = useWatchWithEvents();
  return (
    <PageFrame title="Overview" lead={summary === null ? 'Connecting' : <Lead summary={summary} />}>
      {summary !== null && <AttentionList summary={summary} />}
      {summary !== null && (isFresh(summary) ? <Guide title="Nobody has said anything yet" /> : <FigureCards summary={summary} history={history} />)}
      <Feed live={events} connected={connection === 'open'} />
    </PageFrame>
  );
}

function isFresh({ sessions, today }: Summary): boolean {
  return sessions === 0 && today.messages === 0;
}

function Lead({ summary: { gateway, today } }: { readonly summary: Summary }) {
  return (
    <>
      Parley {gateway.version}, started <TimeText at={gateway.startedAt} />. {today.messages.toLocaleString('en')} messages today.
    </>
  );
}
