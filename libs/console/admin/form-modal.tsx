import { useEffect, useState, type ReactNode } from 'react';
import { useAct } from '../gateway/use-act.js';
import type { Trouble } from '../gateway/trouble.js';
import { ActButton } from '../parts/act-button.js';
import { Modal } from '../parts/modal.js';
import { TroubleNote } from '../views/trouble-note.js';

interface FormModalProps {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  /** The word on the button. */
  readonly action: string;
  /** Does it; what it throws is shown in the form, which stays as it was filled in. */
  readonly submit: (form: FormData) => Promise<void>;
  /** Said when it worked. */
  readonly done?: string;
  /** Paths that are read anew. */
  readonly refresh: readonly string[];
  readonly children: ReactNode;
}

/** A form in a dialog: sends once, keeps what was typed when it was refused, closes when it worked. */
export function FormModal({ title, open, onClose, action, submit, done, refresh, children }: FormModalProps) {
  const { act, busy } = useAct();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  useEffect(() => {
    if (open) setTrouble(null);
  }, [open]);
  const sent = async (form: FormData): Promise<void> => {
    setTrouble(null);
    const result = await act(() => submit(form), { refresh, onTrouble: setTrouble, ...(done === undefined ? {} : { done }) });
    if (result !== null) onClose();
  };
  return (
    <Modal title={title} open={open} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void sent(new FormData(event.currentTarget));
        }}
      >
        {children}
        {trouble !== null && <TroubleNote trouble={trouble} />}
        <div className="actions">
          <ActButton type="submit" className="primary" off={busy}>
            {busy ? 'Working' : action}
          </ActButton>
        </div>
      </form>
    </Modal>
  );
}
