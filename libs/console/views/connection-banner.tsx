import type { PlaygroundView } from '../conversation/playground-view.js';
import { OutsideText } from './outside-text.js';

/** Says when the page is cut off from the gateway, and what it does about it. */
export function ConnectionBanner({ view, onReconnect }: { view: PlaygroundView; onReconnect: () => void }) {
  return (
    <div className="banner-place" role="status">
      {view.connection === 'lost' && (
        <p className="banner">
          <span className="banner-dot" aria-hidden="true" />
          Reconnecting… Nothing is lost; the answer goes on without you.
        </p>
      )}
      {view.connection === 'refused' && (
        <p className="banner refused">
          <OutsideText>{view.refusal === null ? 'The gateway closed the connection.' : `${view.refusal.title}: ${view.refusal.detail}`}</OutsideText>
          <button type="button" className="secondary" onClick={onReconnect}>
            Connect again
          </button>
        </p>
      )}
    </div>
  );
}
