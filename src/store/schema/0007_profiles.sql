-- What people tell of themselves, and pictures of people and rooms.

ALTER TABLE users ADD COLUMN picture TEXT;          -- names it: a hash of what is shown; NULL: none
ALTER TABLE users ADD COLUMN status_emoji TEXT;
ALTER TABLE users ADD COLUMN status_text TEXT;      -- NULL: no status
ALTER TABLE users ADD COLUMN status_until INTEGER;  -- NULL: until it is changed
ALTER TABLE users ADD COLUMN rev INTEGER NOT NULL DEFAULT 0; -- grows with each change that others see

ALTER TABLE rooms ADD COLUMN picture TEXT;

-- What only the page of a person shows: apart, so that lines of a timeline need not carry it past.
CREATE TABLE profiles (
    user_id INTEGER PRIMARY KEY REFERENCES users (id),
    about TEXT NOT NULL,
    email TEXT NOT NULL,
    email_visible INTEGER NOT NULL
) STRICT;

-- Squares of WebP, of `side` pixels. The owner is a person or a room: their ids never meet.
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL,
    side INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX pictures_of ON pictures (owner_id, side);
