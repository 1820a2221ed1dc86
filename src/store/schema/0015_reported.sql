-- A report keeps what was said as it stood when it was reported: whoever wrote it can't empty it by editing or deleting, and it
-- outlives its room (room_id NULL from then on). All of it goes when it is settled.
CREATE TABLE reported (
    id INTEGER PRIMARY KEY,
    room_id INTEGER REFERENCES rooms (id),
    message_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users (id),
    said_at INTEGER NOT NULL,
    text TEXT NOT NULL,
    reporter_id INTEGER NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
INSERT INTO reported
SELECT x.id, x.room_id, m.id, m.author_id, m.at, m.text, x.reporter_id, x.reason, x.at
FROM reports x JOIN messages m ON m.id = x.message_id;
DROP TABLE reports;
ALTER TABLE reported RENAME TO reports;
CREATE UNIQUE INDEX reports_of ON reports (message_id, reporter_id);
CREATE INDEX reports_by_room ON reports (room_id);
