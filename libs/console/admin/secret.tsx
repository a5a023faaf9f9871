import { useCopy } from '../views/use-copy.js';

interface SecretProps {
  readonly label: string;
  readonly value: string;
  readonly onClose: () => void;
}

/** Something that is shown once: it can be copied, and goes when it is said to be kept. */
export function Secret({ label, value, onClose }: SecretProps) {
  const { label: copyLabel, copy } = useCopy();
  return (
    <div className="secret">
      <label className="form-field">
        <span>{label}</span>
        <input readOnly value={value} onFocus={(event) => event.currentTarget.select()} className="mono" />
      </label>
      <div className="actions">
        <button type="button" className="secondary" onClick={() => copy(value)}>
          {copyLabel}
        </button>
        <button type="button" className="primary" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </div>
  );
}
