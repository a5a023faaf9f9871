/**
 * What a filter of an operator's list asks stands in the index that the list is read from anyway, so that a row that does not fit costs an
 * entry of the index and not a look at its table; a row still costs as many entries. Titles are searched, and sessions counted, on an
 * index alone.
 */
export const OPERATOR_FILTERS = `
  DROP INDEX sessions_by_tenant;
  DROP INDEX sessions_by_owner;
  DROP INDEX sessions_by_agent;
  DROP INDEX sessions_titled;
  CREATE INDEX sessions_by_tenant ON sessions (tenant_id, id, closing);
  CREATE INDEX sessions_by_owner ON sessions (tenant_id, owner_kind, owner_id, id, closing, agent);
  CREATE INDEX sessions_by_agent ON sessions (tenant_id, agent, id, closing, owner_kind, owner_id);
  CREATE INDEX sessions_titled ON sessions (tenant_id, id, title, closing, agent, owner_kind, owner_id) WHERE title IS NOT NULL;

  DROP INDEX audit_entries_by_tenant;
  DROP INDEX audit_entries_by_action;
  DROP INDEX audit_entries_by_actor;
  CREATE INDEX audit_entries_by_tenant ON audit_entries (tenant_id, seq, at, action, actor_id);
  CREATE INDEX audit_entries_by_action ON audit_entries (tenant_id, action, seq, at, actor_id);
  CREATE INDEX audit_entries_by_actor ON audit_entries (tenant_id, actor_id, seq, at, action);
`;
