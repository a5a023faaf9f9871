import type { ButtonHTMLAttributes } from 'react';

interface ActButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  /** It does nothing now, and looks so. */
  readonly off: boolean;
}

/** A button that keeps the focus while it is off: one that is `disabled` drops it, and who works by keyboard loses their place. */
export function ActButton({ off, type = 'button', onClick, ...rest }: ActButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-disabled={off || undefined}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
