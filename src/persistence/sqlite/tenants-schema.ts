/** The customers of the gateway, with the one that is there from the start. */
export const TENANTS_SCHEMA = `
  CREATE TABLE tenants (id TEXT PRIMARY KEY, name TEXT NOT NULL, limits TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO tenants VALUES ('default', 'Default', '{"tokensPerDay":null,"agentTokensPerDay":null,"sessionTokensPerDay":null}', 0);
`;
