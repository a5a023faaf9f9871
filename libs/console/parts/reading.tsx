import type { One } from '../gateway/use-one.js';
import { TroubleNote } from '../views/trouble-note.js';

/** That something is being read, or why it could not be; nothing once it is there. */
export function Reading({ one: { value, trouble, again } }: { readonly one: One<unknown> }) {
  if (trouble === null) return value === null ? <p className="waiting">Loading</p> : null;
  return (
    <TroubleNote trouble={trouble}>
      <button type="button" className="secondary" onClick={again}>
        Try again
      </button>
    </TroubleNote>
  );
}
