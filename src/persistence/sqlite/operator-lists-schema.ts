/**
 * Lists of operators. What a filter asks of a session stands in the index that its tenant's list reads anyway; a session still costs as
 * many index entries as before, and one more only when it has a title.
 */
export const OPERATOR_LISTS_SCHEMA = `
  DROP INDEX sessions_by_tenant;
  CREATE INDEX sessions_by_tenant ON sessions (tenant_id, id, closing, agent, owner_kind, owner_id);
  CREATE INDEX sessions_titled ON sessions (tenant_id, id, title, closing, agent, owner_kind, owner_id) WHERE title IS NOT NULL;
`;
