/** A message that was posted is told of in the log under the id of the request that posted it, also after a restart. */
export const DELIVERY_REQUESTS_SCHEMA = 'ALTER TABLE deliveries ADD COLUMN request_id TEXT';
