/* The numbered migrations of schema/, in order: [0] leads from nothing to version 1. */
#pragma once

#include "base/buf.h"

struct db;

extern const char *const schema_migrations[];
extern const int schema_count;

/* Brings the database to the program's version, one transaction per step. -EPROTO when it is newer
 * than the program, or no database of Confab at all. */
int schema_migrate(struct db *db, struct buf *error);
/* What one step does, without its transaction: from `version` to the next. */
int schema_step(struct db *db, int version);
/* A new name for this database's past: cursors of other epochs are worth nothing from now on. */
int schema_renew_epoch(struct db *db);
