-- What was deleted for everybody, by its place: so that what of it lies beyond a read marker need not be looked for among all
-- that is unread.
CREATE INDEX messages_gone ON messages (room_id, seq) WHERE deleted_at IS NOT NULL;
