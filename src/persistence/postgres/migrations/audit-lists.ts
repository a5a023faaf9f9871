/** What operators look for in the audit log is found without reading the whole of it. */
export const AUDIT_LISTS = `
  CREATE INDEX audit_entries_by_action ON audit_entries (tenant_id, action, seq);
  CREATE INDEX audit_entries_by_actor ON audit_entries (tenant_id, actor_id, seq);
`;
