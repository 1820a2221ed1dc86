#include "store/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/rand.h"
#include "store/data_search.h"
#include "store/db.h"

#define APPLICATION_ID 0x436f6e66 /* "Conf" */

int schema_renew_epoch(struct db *db) {
    char sql[160];
    snprintf(sql, sizeof sql,
        "INSERT INTO meta (key, value) VALUES ('epoch', '%016" PRIx64 "')"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        rand_u64());
    return db_script(db, sql);
}

int schema_step(struct db *db, int version) {
    int r = db_script(db, schema_migrations[version]);
    if (r == 0 && version == 0)
        r = schema_renew_epoch(db);
    if (r == 0 && strstr(schema_migrations[version], "CREATE VIRTUAL TABLE search_terms "))
        r = search_fill(db);
    if (r == 0 && strstr(schema_migrations[version], "ALTER TABLE search_docs ADD COLUMN whisper "))
        r = search_fill_whispers(db);
    return r;
}

static int step(struct db *db, int version) {
    char mark[120];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d; PRAGMA application_id = %d", version + 1,
        APPLICATION_ID);
    int r = db_begin(db, true);
    if (r < 0)
        return r;
    r = schema_step(db, version);
    if (r == 0)
        r = db_script(db, mark);
    if (r == 0 && fault_hit("store.migrate"))
        r = -EIO;
    if (r == 0)
        r = db_commit(db);
    if (r < 0)
        db_rollback(db);
    return r;
}

int schema_migrate(struct db *db, struct buf *error) {
    int64_t version = 0, application = 0, tables = 0;
    int r = db_number(db, "PRAGMA user_version", &version);
    if (r == 0)
        r = db_number(db, "PRAGMA application_id", &application);
    if (r == 0)
        r = db_number(db, "SELECT count(*) FROM sqlite_master", &tables);
    if (r < 0) {
        buf_addf(error, "the database can't be read: %s", db_words(db));
        return r;
    }
    if (tables > 0 && application != APPLICATION_ID) {
        buf_addf(error, "this file is a database, but not one of Confab");
        return -EPROTO;
    }
    if (version > schema_count) {
        buf_addf(error,
            "the database has schema version %" PRId64
            ", and this program knows only up to %d: it was written by a newer"
            " Confab; use that one",
            version, schema_count);
        return -EPROTO;
    }
    for (; version < schema_count; version++) {
        r = step(db, (int)version);
        if (r < 0) {
            buf_addf(error, "migration to schema version %" PRId64 " failed: %s", version + 1,
                db_words(db));
            return r;
        }
        if (version > 0)
            log_info("schema migrated", "version=%" PRId64, version + 1);
    }
    return 0;
}
