-- What one member said to another in a room, for the two of them alone. It has a place in the room's sequence but no number
-- of it: `place` is the room's head when it was said. It is told in the own sequences of the two.

CREATE TABLE whispers (
    id INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    place INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users (id),
    peer_id INTEGER NOT NULL REFERENCES users (id),
    ordinal INTEGER NOT NULL,       -- how many the peer was whispered in the room, with this one
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    client_id TEXT NOT NULL,
    edited_at INTEGER,
    deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX whispers_client ON whispers (author_id, client_id);
CREATE UNIQUE INDEX whispers_heard ON whispers (room_id, peer_id, ordinal);

-- Where each of the two has it: what a page of theirs is read from.
CREATE TABLE whispered (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    place INTEGER NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id, place, id)
) STRICT, WITHOUT ROWID;

-- Whispers to the member: how many there are, how many of them are read. `whispering`: there are some of theirs, to or from
-- them; for everybody else no statement asks.
ALTER TABLE members ADD COLUMN whispers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN whispers_read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN whispering INTEGER NOT NULL DEFAULT 0;

-- user_events.kind: 12 whisper, read_seq is its id; 13 whispers read, read_seq is how many.
