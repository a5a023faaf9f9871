import { useId, type InputHTMLAttributes, type ReactNode } from 'react';

interface LabelledProps {
  readonly label: string;
  readonly hint?: ReactNode;
}

type FieldProps = LabelledProps & Omit<InputHTMLAttributes<HTMLInputElement>, 'id'>;

/** One line of a form, its label above and what it means below. */
export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} spellCheck={false} autoComplete="off" {...input} />
      {hint !== undefined && (
        <p id={`${id}-hint`} className="form-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends LabelledProps {
  readonly name: string;
  readonly rows?: number;
  readonly defaultValue?: string;
  readonly required?: boolean;
  readonly maxLength?: number;
}

export function TextField({ label, hint, ...area }: TextFieldProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} spellCheck={false} {...area} />
      {hint !== undefined && (
        <p id={`${id}-hint`} className="form-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface ChecksProps {
  readonly legend: string;
  readonly name: string;
  readonly options: readonly { readonly value: string; readonly label: string; readonly hint?: string }[];
  readonly chosen?: readonly string[];
}

/** Some of several. */
export function Checks({ legend, name, options, chosen = [] }: ChecksProps) {
  return (
    <fieldset className="form-checks">
      <legend>{legend}</legend>
      {options.map(({ value, label, hint }) => (
        <label key={value}>
          <input type="checkbox" name={name} value={value} defaultChecked={chosen.includes(value)} />
          <span>
            {label}
            {hint !== undefined && <small>{hint}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** What stands in a field of a form, without blanks around it. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
