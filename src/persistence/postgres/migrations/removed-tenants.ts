/**
 * The id of a tenant that was removed is kept, so that it is never given again. Which ids were removed before this is told by what
 * outlived them; their usage, which a removal takes along from now on, goes.
 */
export const REMOVED_TENANTS = `
  ALTER TABLE tenants ADD COLUMN removed boolean NOT NULL DEFAULT false;
  INSERT INTO tenants (id, name, limits, created_at, removed)
    SELECT tenant_id, '""', '{}', 0, true
    FROM (SELECT tenant_id FROM usage UNION SELECT tenant_id FROM audit_entries UNION SELECT tenant_id FROM control_event_numbers) AS known
    WHERE tenant_id NOT IN (SELECT id FROM tenants);
  DELETE FROM usage WHERE tenant_id IN (SELECT id FROM tenants WHERE removed);
`;
