-- Whoever was whispered to may report it: message_id is the whisper's id then. Ids are unique among both.
ALTER TABLE reports ADD COLUMN whisper INTEGER NOT NULL DEFAULT 0;
