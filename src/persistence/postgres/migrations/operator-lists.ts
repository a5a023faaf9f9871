/** Indexes for the filters of operators' lists. */
export const OPERATOR_LISTS = `
  CREATE INDEX sessions_by_agent ON sessions (tenant_id, agent, id);
  CREATE INDEX sessions_titled ON sessions (tenant_id, id, title) WHERE title IS NOT NULL;
`;
