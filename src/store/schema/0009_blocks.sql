-- Who has blocked whom. user_events.kind: 14 blocked, 15 let in again; room_id is the person.
CREATE TABLE blocks (
    user_id INTEGER NOT NULL REFERENCES users (id),
    blocked_id INTEGER NOT NULL REFERENCES users (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (user_id, blocked_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_blocked ON blocks (blocked_id, user_id);

-- How many people they have blocked: most have nobody, and nothing need be looked up.
ALTER TABLE users ADD COLUMN blocks INTEGER NOT NULL DEFAULT 0;
