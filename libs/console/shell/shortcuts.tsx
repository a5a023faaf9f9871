import { useEffect, useRef, useState } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { Modal } from '../parts/modal.js';
import { mayDo, useMe } from './me.js';
import { PAGES } from './pages.js';

const SECOND_KEY_WITHIN_MS = 1_500;

/** Keys that work on every page: `g` and a letter goes somewhere, `/` searches, `?` lists them. Silent while one writes. */
export function Shortcuts() {
  const me = useMe();
  const navigate = useNavigate();
  const [listed, setListed] = useState(false);
  const going = useRef(0);
  const reachable = PAGES.flatMap(({ path, title, needs, nav }) => (nav?.key !== undefined && mayDo(me, needs) ? [{ path, title, key: nav.key }] : []));

  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || document.querySelector('[role$=dialog]') !== null) return;
      const goes = event.timeStamp - going.current < SECOND_KEY_WITHIN_MS;
      going.current = event.key === 'g' && !goes ? event.timeStamp : 0;
      const page = goes ? PAGES.find(({ nav, needs }) => nav?.key === event.key && mayDo(me, needs)) : undefined;
      if (page !== undefined) void navigate({ to: page.path });
      else if (event.key === '?') setListed(true);
      else if (event.key === '/') document.querySelector<HTMLInputElement>('#page input[type=search]')?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [me, navigate]);

  return (
    <Modal title="Keys" open={listed} onClose={() => setListed(false)}>
      <dl className="key-list">
        {reachable.map(({ key, title, path }) => (
          <div key={path}>
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{title}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>/</kbd>
          </dt>
          <dd>Search in this page</dd>
        </div>
        <div>
          <dt>
            <kbd>↑</kbd> <kbd>↓</kbd>
          </dt>
          <dd>From row to row in a list; Enter opens one</dd>
        </div>
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Closes a dialog; stops an answer in a session</dd>
        </div>
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>This list</dd>
        </div>
      </dl>
    </Modal>
  );
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]');
}
