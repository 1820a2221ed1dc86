-- What the server's administrators have set; what is not here has its default.
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every administrative act, numbered from 1 without a gap. Names stand beside the ids, as they were then, and nothing points
-- away from here: what was done to an account or a room stays told when it is gone.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    source INTEGER NOT NULL,        -- enum AuditSource
    act INTEGER NOT NULL,           -- enum AuditAct
    actor_id INTEGER NOT NULL,      -- 0: the shell
    actor TEXT NOT NULL,            -- handle, or the name of the shell's user
    address TEXT NOT NULL,
    user_id INTEGER NOT NULL,       -- whom it was done to; 0: nobody
    user_name TEXT NOT NULL,
    room_id INTEGER NOT NULL,
    room_name TEXT NOT NULL,
    changes TEXT NOT NULL,          -- JSON: [AuditChange]
    hash BLOB NOT NULL              -- of all this and of the hash before: see domain/audit.c
) STRICT;
-- Only ever longer. The first trigger also keeps REPLACE out, which deletes without asking the others.
CREATE TRIGGER audit_appends BEFORE INSERT ON audit
WHEN new.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM audit)
BEGIN SELECT raise(ABORT, 'the audit log only grows at its end'); END;
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is not rewritten'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'nothing is taken out of the audit log'); END;

-- Events of processes beside the server (the shell), for the server to tell: see store/beside.c.
CREATE TABLE told (
    id INTEGER PRIMARY KEY,
    audience INTEGER NOT NULL,
    effect INTEGER NOT NULL,
    target INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    json TEXT
) STRICT;
