-- What people put on lines: reactions and pins for all to see, stars and deletions for themselves.
-- `target` is the line's seq.

ALTER TABLE rooms ADD COLUMN pins INTEGER NOT NULL DEFAULT 0;

-- kind: 3 reaction on, 4 reaction off, 5 pin on, 6 pin off.
ALTER TABLE changes ADD COLUMN emoji TEXT;

-- user_events.kind: 5 star on, 6 star off, 7 hidden; read_seq is the line's seq.

CREATE TABLE reactions (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    target INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id),
    seq INTEGER NOT NULL,           -- of the change that put it there
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, target, emoji, user_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reactions_in_order ON reactions (room_id, target, emoji, seq);

-- How many people have put each emoji on a line: what pages show, without counting.
CREATE TABLE reaction_counts (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    target INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    count INTEGER NOT NULL,
    since INTEGER NOT NULL,         -- seq of the first of these reactions: the order in which they are shown
    PRIMARY KEY (room_id, target, emoji)
) STRICT, WITHOUT ROWID;

CREATE TABLE pins (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    target INTEGER NOT NULL,
    seq INTEGER NOT NULL,           -- of the change that pinned it
    user_id INTEGER NOT NULL REFERENCES users (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE stars (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    target INTEGER NOT NULL,
    useq INTEGER NOT NULL,          -- number of the star in the person's own sequence
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id, target)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX stars_in_order ON stars (user_id, useq);

-- Lines that someone has deleted for themselves.
CREATE TABLE hidden (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    target INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id, target)
) STRICT, WITHOUT ROWID;
