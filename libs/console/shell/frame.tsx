import { useEffect, useRef, useState } from 'react';
import { Outlet, useLocation } from '@tanstack/react-router';
import { Dialog } from '@base-ui/react/dialog';
import { Mark } from '../views/mark.js';
import { Navigation } from './navigation.js';
import { Shortcuts } from './shortcuts.js';
import { useKeptFocus } from './use-kept-focus.js';

/** What every page stands in: the navigation beside it, or behind a button on a phone. */
export function Frame() {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  const page = useRef<HTMLElement>(null);
  useKeptFocus(page);
  useEffect(() => setOpen(false), [pathname]);

  return (
    <div className="console">
      <a className="skip" href="#page" onClick={toPage}>
        Skip to the page
      </a>
      <header className="console-bar">
        <Dialog.Root open={open} onOpenChange={setOpen}>
          <Dialog.Trigger className="menu-open-button">Menu</Dialog.Trigger>
          <Dialog.Portal>
            <Dialog.Backdrop className="backdrop" />
            <Dialog.Popup className="drawer">
              <Dialog.Title className="visually-hidden">Menu</Dialog.Title>
              <Navigation />
              <Dialog.Close className="secondary drawer-close">Close</Dialog.Close>
            </Dialog.Popup>
          </Dialog.Portal>
        </Dialog.Root>
        <span className="brand">
          <Mark />
          Parley
        </span>
      </header>
      <div className="console-side">
        <span className="brand">
          <Mark />
          Parley
        </span>
        <Navigation />
      </div>
      <main className="console-main" id="page" ref={page} tabIndex={-1}>
        <Outlet />
      </main>
      <Shortcuts />
    </div>
  );
}

/** By hand: a fragment would be a new address, and the pages' filters are kept in theirs. */
function toPage(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('page')?.focus();
}
