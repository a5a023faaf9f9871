import type { ReactNode } from 'react';
import type { Trouble } from '../gateway/trouble.js';
import { OutsideText } from './outside-text.js';

interface TroubleNoteProps {
  readonly trouble: Trouble;
  /** True for trouble that is part of a transcript: a screen reader does not interrupt for it. */
  readonly recorded?: boolean;
  /** The buttons. */
  readonly children?: ReactNode;
}

/** Says what went wrong, why, and what can be done about it. */
export function TroubleNote({ trouble, recorded = false, children }: TroubleNoteProps) {
  return (
    <div className="trouble" role={recorded ? undefined : 'alert'}>
      <p className="trouble-title">{trouble.title}</p>
      <p>
        <OutsideText>{trouble.detail}</OutsideText>
      </p>
      {trouble.suggestion !== undefined && (
        <p className="trouble-suggestion">
          <OutsideText>{trouble.suggestion}</OutsideText>
        </p>
      )}
      {children !== undefined && <div className="actions">{children}</div>}
    </div>
  );
}
