/** The customers of the gateway, with the one that is there from the start. */
export const TENANTS = `
  CREATE TABLE tenants (id text COLLATE "C" PRIMARY KEY, name text NOT NULL, limits text NOT NULL, created_at bigint NOT NULL);
  INSERT INTO tenants VALUES ('default', '"Default"', '{"tokensPerDay":null,"agentTokensPerDay":null,"sessionTokensPerDay":null}', 0);
`;
