import type { Generated } from 'kysely';
import type { Author, Role, StoredEventType, TurnState } from '#libs/contracts';
import type { TokenKind } from '#libs/ports';
import type { CallbackTargetsTable, DeliveriesTable } from '../delivery-row.js';

/** The tables as Kysely knows them; `migrations/tables.ts` makes them. */
export interface Tables {
  readonly sessions: SessionsTable;
  readonly events: EventsTable;
  readonly turns: TurnsTable;
  readonly keys: KeysTable;
  readonly key_secrets: KeySecretsTable;
  readonly tokens: TokensTable;
  readonly operator_sessions: OperatorSessionsTable;
  readonly notes: NotesTable;
  readonly audit_entries: AuditEntriesTable;
  readonly audit_head: AuditHeadTable;
  readonly usage: UsageTable;
  readonly usage_months: UsageMonthsTable;
  readonly usage_days: UsageDaysTable;
  readonly tenants: TenantsTable;
  readonly deliveries: DeliveriesTable;
  readonly callback_targets: CallbackTargetsTable;
  readonly probes: { id: number; count: number };
}

export interface SessionsTable {
  id: string;
  tenant_id: string;
  owner_kind: Author['kind'];
  owner_id: string;
  title: string | null;
  agent: string;
  metadata: string;
  first_seq: number;
  last_seq: number;
  closing: boolean;
  created_at: number;
  updated_at: number;
}

export interface EventsTable {
  session_id: string;
  seq: number;
  turn_id: string | null;
  type: StoredEventType;
  json: string;
  checksum: Buffer;
}

interface TurnsTable {
  id: string;
  message_id: string;
  session_id: string;
  tenant_id: string;
  agent: string;
  state: TurnState;
  attempt: number;
  accepted_seq: number;
  ended_seq: number | null;
  context: string | null;
  partial: string | null;
  settled: number | null;
}

export interface KeysTable {
  id: string;
  tenant_id: string;
  name: string;
  scopes: string;
  limits: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface KeySecretsTable {
  prefix: string;
  key_id: string;
  place: number;
  hash: string;
  expires_at: number | null;
}

export interface TokensTable {
  hash: string;
  kind: TokenKind;
  tenant_id: string;
  credential_id: string;
  payload: string;
  expires_at: number;
}

export interface OperatorSessionsTable {
  id: string;
  tenant_id: string;
  operator_id: string;
  name: string;
  role: Role;
  scopes: string | null;
  credential_id: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
}

interface NotesTable {
  session_id: string;
  place: number;
  text: string;
  at: number;
}

export interface AuditEntriesTable {
  seq: number;
  tenant_id: string;
  at: number;
  actor_id: string | null;
  action: string;
  json: string;
  hash: string;
}

interface AuditHeadTable {
  id: number;
  seq: number;
  hash: string;
  mac: string;
}

export interface UsageTable {
  tenant_id: string;
  day: number;
  kind: Author['kind'] | 'session';
  id: string;
  agent: string;
  model: string;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_nano_usd: number;
}

export interface UsageMonthsTable extends Omit<UsageTable, 'day' | 'kind'> {
  /** Months since January 1970. */
  month: number;
  kind: Author['kind'];
}

export type UsageDaysTable = Omit<UsageTable, 'kind' | 'id' | 'agent'>;

export interface TenantsTable {
  id: string;
  name: string;
  limits: string;
  created_at: number;
  removed: Generated<boolean>;
}
