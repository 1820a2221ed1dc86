-- What people set for themselves in a room.

-- What a member wants to be told of: enum NotifyLevel.
ALTER TABLE members ADD COLUMN notify INTEGER NOT NULL DEFAULT 0;
-- The room's head when the member moved their read marker back; 0: it was not.
ALTER TABLE members ADD COLUMN unread_head INTEGER NOT NULL DEFAULT 0;
-- How far they had read before they did: what others see stays.
ALTER TABLE members ADD COLUMN seen_seq INTEGER NOT NULL DEFAULT 0;

-- user_events.kind: 8 notify, read_seq is the level; 9 unread; 10 draft.

-- What members have begun to write. An empty text stays, so that what was written before it does not come back.
CREATE TABLE drafts (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    text TEXT NOT NULL,
    reply_to INTEGER NOT NULL,      -- 0: none
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
