import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { Page } from '../parts/page.js';

export function Loading() {
  return <p className="waiting page-waiting">Loading</p>;
}

export function NotFound() {
  return (
    <Page title="There is no such page">
      <p>
        It does not exist, or you may not see it. <Link to="/">Go to the first page</Link>.
      </p>
    </Page>
  );
}

/** A page that could not be drawn; the others still can. */
export function Broken({ reset }: ErrorComponentProps) {
  return (
    <Page title="This page broke">
      <div className="trouble" role="alert">
        <p className="trouble-title">Something in this page went wrong</p>
        <p>The gateway is not touched by it. If it happens again, load the page anew: the gateway may have been updated.</p>
        <div className="actions">
          <button type="button" className="primary" onClick={reset}>
            Try again
          </button>
          <button type="button" className="secondary" onClick={() => location.reload()}>
            Load anew
          </button>
        </div>
      </div>
    </Page>
  );
}
