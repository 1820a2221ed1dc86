-- Invite links, links for new passwords, archived rooms, and messages that administrators removed.

CREATE TABLE invites (
    id INTEGER PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE, -- BLAKE2b of the secret; the secret itself is nowhere
    room_id INTEGER NOT NULL,       -- 0: to the server
    maker_id INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,    -- 0: never
    uses INTEGER NOT NULL DEFAULT 0,
    uses_most INTEGER NOT NULL,     -- 0: no bound
    shows INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX invites_by_room ON invites (room_id, revoked, id);

-- At most one for each account.
CREATE TABLE resets (
    user_id INTEGER PRIMARY KEY REFERENCES users (id),
    token_hash BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT;

ALTER TABLE rooms ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;

-- Why administrators removed lines. `target` is the line's seq.
CREATE TABLE removals (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    target INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    PRIMARY KEY (room_id, target)
) STRICT, WITHOUT ROWID;
-- user_events.kind: 11 removed; read_seq is the line's seq.

-- The administrators' lists.
CREATE INDEX users_by_age ON users (kind, id);
CREATE INDEX users_by_seen ON users (kind, last_seen_at, id);
CREATE INDEX rooms_shared ON rooms (id) WHERE kind <> 0 AND deleted = 0;
CREATE INDEX members_owners ON members (room_id) WHERE role = 0;
