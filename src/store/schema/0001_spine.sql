-- Times are microseconds since 1970-01-01 UTC. Enumerations are the numbers of src/event/protocol.toml, in its order;
-- values are only ever appended there.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    sort_key TEXT NOT NULL,         -- display name, case folded
    search TEXT NOT NULL,           -- handle and display name, folded, each word after a blank
    password_hash TEXT,             -- NULL: nobody can sign in
    kind INTEGER NOT NULL,
    role INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL DEFAULT 0,
    head INTEGER NOT NULL DEFAULT 0 -- last number of the person's own sequence
) STRICT;
CREATE INDEX users_by_sort_key ON users (kind, sort_key, id);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE, -- BLAKE2b of the secret; the secret itself is nowhere
    bearer INTEGER NOT NULL,
    label TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, used_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT,                  -- folded name, open rooms only
    topic TEXT NOT NULL,
    search TEXT NOT NULL,           -- name and topic, folded
    low INTEGER REFERENCES users (id),  -- direct rooms: the pair
    high INTEGER REFERENCES users (id),
    created_at INTEGER NOT NULL,
    created_by INTEGER REFERENCES users (id),
    head INTEGER NOT NULL DEFAULT 0,      -- last number of the room's sequence
    count INTEGER NOT NULL DEFAULT 0,     -- countable messages
    last_seq INTEGER NOT NULL DEFAULT 0,  -- newest text or action, or else newest notice
    member_count INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0    -- gone for everybody; its rows are being removed
) STRICT;
CREATE UNIQUE INDEX rooms_open_name ON rooms (name_key) WHERE kind = 2 AND deleted = 0;
CREATE INDEX rooms_open_size ON rooms (member_count DESC, id) WHERE kind = 2 AND deleted = 0;
CREATE UNIQUE INDEX rooms_pair ON rooms (low, high) WHERE low IS NOT NULL;
CREATE INDEX rooms_deleted ON rooms (id) WHERE deleted = 1;

CREATE TABLE members (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    role INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    joined_seq INTEGER NOT NULL,
    read_seq INTEGER NOT NULL,
    read_ordinal INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user_id, room_id);

-- Every line of a timeline. With `changes` it makes the room's gap-free sequence.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users (id),
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    client_id TEXT,
    reply_to INTEGER,
    edited_at INTEGER,
    deleted_at INTEGER,
    notice INTEGER,
    subject_id INTEGER REFERENCES users (id),
    value TEXT,                     -- new name or topic
    role INTEGER
) STRICT;
CREATE UNIQUE INDEX messages_place ON messages (room_id, seq);
CREATE UNIQUE INDEX messages_client ON messages (author_id, client_id) WHERE client_id IS NOT NULL;

-- Texts that messages had before, by the number of the edit that replaced them.
CREATE TABLE message_edits (
    message_id INTEGER NOT NULL REFERENCES messages (id),
    seq INTEGER NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (message_id, seq)
) STRICT, WITHOUT ROWID;

-- What happened to lines that stand already. kind: 1 edit, 2 delete.
CREATE TABLE changes (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    target INTEGER NOT NULL,
    actor_id INTEGER NOT NULL REFERENCES users (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;

-- The person's own sequence; only the newest are kept. kind: 1 room added, 2 room removed, 3 read, 4 me.
CREATE TABLE user_events (
    user_id INTEGER NOT NULL REFERENCES users (id),
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    read_seq INTEGER NOT NULL,
    read_ordinal INTEGER NOT NULL,
    PRIMARY KEY (user_id, seq)
) STRICT, WITHOUT ROWID;

-- Lines of imported histories that are there already.
CREATE TABLE import_keys (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    key BLOB NOT NULL,
    PRIMARY KEY (room_id, key)
) STRICT, WITHOUT ROWID;
