-- What messages, people and open rooms are found by: terms made of their texts (base/words.h), without the texts.
-- What stands in an index is taken out by the same terms again (store/search.c).

-- Messages by their place in time: milliseconds since 1970 times 2^20, and a number. It is the rowid of search_terms; the room
-- stands beside, so that a hit which its reader may not see costs no look at the message.
CREATE TABLE search_docs (
    doc INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL
) STRICT;
CREATE VIRTUAL TABLE search_terms USING fts5 (terms, content='', columnsize=0, prefix='3', tokenize="ascii tokenchars '='");

-- By the ids of users and rooms.
CREATE VIRTUAL TABLE search_people USING fts5 (terms, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '='");
CREATE VIRTUAL TABLE search_rooms USING fts5 (terms, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '='");
