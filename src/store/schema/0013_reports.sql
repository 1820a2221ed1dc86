-- What people ask the server's administrators to look at. A report that was settled is gone from here; the audit log has it.
CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    message_id INTEGER NOT NULL,
    reporter_id INTEGER NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX reports_of ON reports (message_id, reporter_id);
CREATE INDEX reports_by_room ON reports (room_id);
