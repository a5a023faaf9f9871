import { visibleText } from '#libs/contracts';
import { OutsideText } from '../views/outside-text.js';
import { shortId } from './short-id.js';

interface Named {
  readonly kind: string;
  readonly id: string;
  readonly name?: string | undefined;
}

/** Somebody or something by its kind and id, behind its name where it has one; a long id is cut in its middle and stands whole under the pointer. */
export function WhoText({ who: { kind, id, name } }: { readonly who: Named }) {
  const short = shortId(id);
  const who = <OutsideText>{kind === 'agent' && id === 'gateway' ? 'the gateway' : `${kind} ${short}`}</OutsideText>;
  return (
    <span title={short === id ? undefined : visibleText(`${kind} ${id}`)}>
      {name === undefined ? (
        who
      ) : (
        <>
          <OutsideText>{name}</OutsideText> <span className="soft">{who}</span>
        </>
      )}
    </span>
  );
}
