/** What happens in the gateway, for operators. The last number of a tenant outlives the events it was given to. */
export const CONTROL_EVENTS = `
  CREATE TABLE control_events (
    tenant_id text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    at bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (tenant_id, seq)
  );
  CREATE TABLE control_event_numbers (tenant_id text COLLATE "C" PRIMARY KEY, last_seq integer NOT NULL);
`;
