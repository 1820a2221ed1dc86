"""Makes a C table of the migrations: embed_schema.py OUT.c 0001_name.sql 0002_name.sql ..."""

import pathlib
import sys

out, *inputs = map(pathlib.Path, sys.argv[1:])
lines = ["/* Made by embed_schema.py from schema/. */", '#include "store/schema.h"', ""]
names = []
for number, path in enumerate(sorted(inputs), 1):
    if not path.name.startswith(f"{number:04d}_"):
        sys.exit(f"{path.name}: migrations are numbered without a gap; {number:04d} was due")
    body = ", ".join(str(b) for b in path.read_bytes() + b"\0")
    lines.append(f"static const char sql_{number}[] = {{{body}}};")
    names.append(f"    sql_{number},")
lines += ["", "const char *const schema_migrations[] = {", *names, "};", f"const int schema_count = {len(names)};", ""]
out.write_text("\n".join(lines))
