import { createContext, use, useCallback, useRef, useState, type ReactNode } from 'react';
import { AlertDialog } from '@base-ui/react/alert-dialog';

interface Question {
  readonly title: string;
  /** What happens, and whether it can be undone. */
  readonly text: ReactNode;
  /** The word on the button that does it. */
  readonly action: string;
  /** The word on the button that leaves all as it is; `Keep it` when left out. */
  readonly keep?: string;
  /** False for what takes nothing away; true when left out. */
  readonly destroys?: boolean;
}

const ConfirmContext = createContext<((question: Question) => Promise<boolean>) | null>(null);

/** Asks before something is destroyed: `if (await confirm({ title, text, action })) …`. Escape is no, and so is a question that comes after. */
export function useConfirm(): (question: Question) => Promise<boolean> {
  const confirm = use(ConfirmContext);
  if (confirm === null) throw new Error('Not inside the console');
  return confirm;
}

export function ConfirmProvider({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<Question | null>(null);
  const [open, setOpen] = useState(false);
  const waiting = useRef<((yes: boolean) => void) | null>(null);

  const answer = useCallback((yes: boolean) => {
    setOpen(false);
    waiting.current?.(yes);
    waiting.current = null;
  }, []);
  const confirm = useCallback(
    (question: Question) => {
      answer(false);
      return new Promise<boolean>((resolve) => {
        waiting.current = resolve;
        setAsked(question);
        setOpen(true);
      });
    },
    [answer],
  );

  return (
    <ConfirmContext value={confirm}>
      {children}
      <AlertDialog.Root open={open} onOpenChange={(next) => !next && answer(false)}>
        <AlertDialog.Portal>
          <AlertDialog.Backdrop className="backdrop" />
          <AlertDialog.Popup className="modal">
            <AlertDialog.Title className="modal-title">{asked?.title}</AlertDialog.Title>
            <AlertDialog.Description render={<div />} className="modal-text">
              {asked?.text}
            </AlertDialog.Description>
            <div className="actions">
              <AlertDialog.Close className="secondary">{asked?.keep ?? 'Keep it'}</AlertDialog.Close>
              <button type="button" className={asked?.destroys === false ? 'primary' : 'danger'} onClick={() => answer(true)}>
                {asked?.action}
              </button>
            </div>
          </AlertDialog.Popup>
        </AlertDialog.Portal>
      </AlertDialog.Root>
    </ConfirmContext>
  );
}
