import { failure, type Failure, type FieldError } from '#libs/contracts';

/** What every schema library that follows Standard Schema says about a wrong value (standardschema.dev, version 1). */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const MAX_ERRORS = 32;

/** `validation_failed` with one error for each wrong field, at most 32. */
export function invalid(issues: readonly SchemaIssue[]): Failure {
  const errors = issues.flatMap(fieldErrors).slice(0, MAX_ERRORS);
  const first = errors[0];
  const detail = first === undefined ? 'The request is not valid.' : first.path === '' ? first.message : `${first.path}: ${first.message}`;
  return failure('validation_failed', detail, { errors });
}

function fieldErrors(issue: SchemaIssue): FieldError[] {
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  const unknown = unknownKeys(issue);
  if (unknown === null) return [{ path: path.join('.'), message: issue.message }];
  return unknown.map((key) => ({ path: [...path, key].join('.'), message: 'Unknown field' }));
}

function unknownKeys(issue: SchemaIssue): string[] | null {
  if (!('code' in issue) || issue.code !== 'unrecognized_keys' || !('keys' in issue) || !Array.isArray(issue.keys)) return null;
  return issue.keys.map((key) => String(key).slice(0, 128));
}
