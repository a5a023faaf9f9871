import { useRef, type ReactNode } from 'react';
import { Dialog } from '@base-ui/react/dialog';

interface ModalProps {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** False: only a button inside closes it, because what it shows is shown once. */
  readonly dismissible?: boolean;
}

/** A dialog over the page, read from its top: the focus is in its first field, or on the whole where it has none; ends with Escape, gives the focus back. */
export function Modal({ title, open, onClose, children, dismissible = true }: ModalProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root
      open={open}
      disablePointerDismissal={!dismissible}
      onOpenChange={(next, details) => {
        if (!next && (dismissible || details.reason === 'close-press')) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup ref={popup} className="modal" initialFocus={() => popup.current?.querySelector<HTMLElement>('input, textarea, select') ?? popup.current}>
          <Dialog.Title className="modal-title">{title}</Dialog.Title>
          {children}
          {dismissible && <Dialog.Close className="modal-close quiet">Close</Dialog.Close>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
