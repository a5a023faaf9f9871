import type { DatabaseSync } from 'node:sqlite';
import type { Page } from '#libs/contracts';
import { Registrations, type Addition, type BadCursor, type PageRequest, type Registration, type RegistrationKind } from '#libs/ports';
import { registrationPage, type RegistrationRow } from '../registration-row.js';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import { reading } from './to-storage-error.js';

/** What operators registered, on SQLite. */
export class SqliteRegistrations extends Registrations {
  readonly #writer: GroupCommit;
  readonly #add;
  readonly #count;
  readonly #named;
  readonly #change;
  readonly #remove;
  readonly #found;
  readonly #below;
  readonly #all;

  /** `db` is the writer's connection, `reader` that of the readers. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: DatabaseSync) {
    super();
    this.#writer = writer;
    this.#add = new Query(db, 'INSERT INTO registrations (kind, tenant_id, id, name, json) VALUES (?, ?, ?, ?, ?)');
    this.#count = new Query<{ readonly count: number }>(db, 'SELECT COUNT(*) AS count FROM registrations WHERE kind = ? AND tenant_id = ?');
    this.#named = new Query(db, 'SELECT 1 FROM registrations WHERE kind = ? AND tenant_id = ? AND name = ?');
    this.#change = new Query(db, 'UPDATE registrations SET json = ? WHERE kind = ? AND tenant_id = ? AND id = ? AND json = COALESCE(?, json)');
    this.#remove = new Query(db, 'DELETE FROM registrations WHERE kind = ? AND tenant_id = ? AND id = ?');
    this.#found = new Query<RegistrationRow>(reader, 'SELECT * FROM registrations WHERE kind = ? AND tenant_id = ? AND id = ?');
    this.#below = new Query<RegistrationRow>(
      reader,
      'SELECT * FROM registrations WHERE kind = ? AND tenant_id = ? AND id < ? ORDER BY id DESC LIMIT ?',
    );
    this.#all = new Query<RegistrationRow>(reader, 'SELECT * FROM registrations WHERE kind = ?');
  }

  override add({ kind, tenantId, id, name, json }: Registration, atMost = Infinity): Promise<Addition> {
    return this.#writer.submit(() => {
      if (this.#named.get(kind, tenantId, toStoredText(name)) !== undefined) return 'name_taken';
      if ((this.#count.get(kind, tenantId)?.count ?? 0) >= atMost) return 'full';
      this.#add.run(kind, tenantId, id, toStoredText(name), json);
      return 'added';
    });
  }

  override change(kind: RegistrationKind, tenantId: string, id: string, json: string, was?: string): Promise<boolean> {
    return this.#writer.submit(() => this.#change.run(json, kind, tenantId, id.toWellFormed(), was ?? null) === 1);
  }

  override remove(kind: RegistrationKind, tenantId: string, id: string): Promise<boolean> {
    return this.#writer.submit(() => this.#remove.run(kind, tenantId, id.toWellFormed()) === 1);
  }

  override find(kind: RegistrationKind, tenantId: string, id: string): Promise<Registration | null> {
    return reading(async () => {
      const row = this.#found.get(kind, tenantId, id.toWellFormed());
      return row === undefined ? null : toRegistration(row);
    });
  }

  override list(kind: RegistrationKind, tenantId: string, page: PageRequest): Promise<Page<Registration> | BadCursor> {
    return reading(() => registrationPage(kind, page, async (below, limit) => this.#below.all(kind, tenantId, below, limit).map(toRegistration)));
  }

  override all(kind: RegistrationKind): Promise<readonly Registration[]> {
    return reading(async () => this.#all.all(kind).map(toRegistration));
  }
}

function toRegistration({ kind, tenant_id: tenantId, id, name, json }: RegistrationRow): Registration {
  return { kind, tenantId, id, name: fromStoredText(name), json };
}
