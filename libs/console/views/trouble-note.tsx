import type { ReactNode } from 'react';
import type { Trouble } from '../gateway/trouble.js';
import { OutsideText } from './outside-text.js';

/** Says what went wrong, why, and what can be done about it; `children` are the buttons. */
export function TroubleNote({ trouble, children }: { trouble: Trouble; children?: ReactNode }) {
  return (
    <div className="trouble" role="alert">
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
