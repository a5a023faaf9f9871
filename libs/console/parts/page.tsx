import { useEffect, useRef, type ReactNode } from 'react';
import { OutsideText } from '../views/outside-text.js';
import { useDocumentTitle } from '../views/use-document-title.js';

interface PageProps {
  /** May come from outside. */
  readonly title: string;
  /** What stands above the title: the way back. */
  readonly back?: ReactNode;
  /** One line under the title. */
  readonly lead?: ReactNode;
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  /** True for a page that is one list or one transcript: it fills the window, and that scrolls in it. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

let firstPage = true;

/** A page of the console. Coming from another page, the focus is on its title, so that a screen reader says where one is. */
export function Page({ title, back, lead, actions, fills = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(title);

  useEffect(() => {
    if (!firstPage) heading.current?.focus();
    firstPage = false;
  }, []);

  return (
    <div className={fills ? 'page fills' : 'page'}>
      <header className="page-head">
        <div className="page-title">
          {back}
          <h1 ref={heading} tabIndex={-1}>
            <OutsideText>{title}</OutsideText>
          </h1>
          {lead !== undefined && <div className="page-lead">{lead}</div>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
