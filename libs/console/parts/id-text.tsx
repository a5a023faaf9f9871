import { useCopy } from '../views/use-copy.js';

const TAIL = 8;

/** The end of an id, which is what tells ids of one hour apart; a click copies the whole. */
export function IdText({ id }: { readonly id: string }) {
  const { label, copy } = useCopy();
  return (
    <button type="button" className="id-text" title={id} onClick={() => copy(id)}>
      {label === 'Copy' ? `…${id.slice(-TAIL)}` : label}
      <span className="visually-hidden"> copies the id</span>
    </button>
  );
}
