-- Whispers are found too, by their two people alone: `message_id` is the whisper's id then, and its terms name the two instead
-- of the room.
ALTER TABLE search_docs ADD COLUMN whisper INTEGER NOT NULL DEFAULT 0;
