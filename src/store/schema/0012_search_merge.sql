-- Pieces of the index are put together when there is time for it, and not in the middle of a commit (store/writer.c). What is left
-- of the engine's own way is far away: nobody waits for so many pieces.
INSERT INTO search_terms (search_terms, rank) VALUES ('automerge', 0);
INSERT INTO search_terms (search_terms, rank) VALUES ('crisismerge', 1000);
INSERT INTO search_terms (search_terms, rank) VALUES ('usermerge', 16);
