-- Whom messages call by name. On the message itself stands what its readers are shown; the rows beside it are for finding what
-- one was called in.

-- "name:id,name:id", in the order of the text; id 0 for @here and @everyone. NULL: nobody.
ALTER TABLE messages ADD COLUMN mentions TEXT;

CREATE TABLE mentions (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    user_id INTEGER NOT NULL,       -- 0: everyone in the room
    target INTEGER NOT NULL,        -- the line's seq
    message_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,     -- whoever calls everyone does not call themselves
    PRIMARY KEY (room_id, user_id, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_user ON mentions (user_id, message_id);
