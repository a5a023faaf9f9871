import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { Page } from '../parts/page.js';
import { BrokenNote } from '../views/broken-note.js';

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
      <BrokenNote>
        <button type="button" className="primary" onClick={reset}>
          Try again
        </button>
      </BrokenNote>
    </Page>
  );
}
