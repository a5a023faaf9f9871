/**
 * Sessions get a number, and events are kept under it: an event is written in two trees, and in both the number takes 4 bytes where the id
 * took 36.
 */
export const SESSION_NUMBERS_SCHEMA = `
  ALTER TABLE sessions ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
  UPDATE sessions SET number = place FROM (SELECT id AS numbered, row_number() OVER (ORDER BY id) AS place FROM sessions) WHERE id = numbered;
  CREATE TABLE session_numbers (next INTEGER NOT NULL) STRICT;
  INSERT INTO session_numbers SELECT coalesce(max(number), 0) + 1 FROM sessions;

  CREATE TABLE numbered_events (
    session INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    turn_id TEXT,
    type TEXT NOT NULL,
    json TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (session, seq)
  ) STRICT;
  INSERT INTO numbered_events SELECT s.number, e.seq, e.at, e.turn_id, e.type, e.json, e.checksum
    FROM sessions s CROSS JOIN events e ON e.session_id = s.id ORDER BY s.id, e.seq;
  DROP TABLE events;
  ALTER TABLE numbered_events RENAME TO events;
`;
