import { visibleText } from '../conversation/visible-text.js';
import { OutsideText } from '../views/outside-text.js';
import { shortId } from './short-id.js';

interface Named {
  readonly kind: string;
  readonly id: string;
}

/** Somebody or something by its kind and id; a long id is cut in its middle and stands whole under the pointer. */
export function WhoText({ who: { kind, id } }: { readonly who: Named }) {
  const short = shortId(id);
  return (
    <span title={short === id ? undefined : visibleText(`${kind} ${id}`)}>
      <OutsideText>{kind === 'agent' && id === 'gateway' ? 'the gateway' : `${kind} ${short}`}</OutsideText>
    </span>
  );
}
