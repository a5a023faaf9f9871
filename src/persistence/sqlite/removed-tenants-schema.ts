const NO_TENANT = 'tenant_id NOT IN (SELECT id FROM tenants WHERE removed = 0)';

/**
 * The id of a tenant that was removed is kept, so that it is never given again. Which ids were removed before this is told by what
 * outlived them; their usage, which a removal takes along from now on, goes.
 */
export const REMOVED_TENANTS_SCHEMA = `
  ALTER TABLE tenants ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
  INSERT INTO tenants (id, name, limits, created_at, removed)
    SELECT tenant_id, '', '{}', 0, 1
    FROM (SELECT tenant_id FROM usage UNION SELECT tenant_id FROM audit_entries UNION SELECT tenant_id FROM control_event_numbers)
    WHERE ${NO_TENANT};
  DELETE FROM usage WHERE ${NO_TENANT};
  DELETE FROM usage_months WHERE ${NO_TENANT};
  DELETE FROM usage_days WHERE ${NO_TENANT};
`;
