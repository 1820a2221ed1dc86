#!/usr/bin/env python3
"""The walls of the house: which folder may include which (ARCHITECTURE.md), what may stand between a folder's own files
only, and which functions nobody may call. Prints `N passed, N failed`."""
import re
import sys
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src"

# Folder: what it may include, besides itself. Nothing includes `server`.
MAY_USE = {
    "base": set(),
    "loop": {"base"},
    "net": {"base", "loop"},
    "web": {"base", "loop", "net"},
    "event": {"base"},
    "store": {"base", "loop"},
    "auth": {"base", "loop", "store"},
    "domain": {"base", "loop", "event", "store", "auth"},
    "bus": {"base", "loop", "store", "web"},
    "hub": {"base", "loop", "event", "store", "domain", "bus", "web"},
    "media": {"base"},
    "api": {"base", "loop", "net", "event", "store", "domain", "auth", "bus", "hub", "web", "media"},
    "server": {"base", "loop", "net", "event", "store", "domain", "auth", "bus", "hub", "web", "media", "api"},
}
# Made by the build: where they come from.
MADE = {"protocol_gen.h": "event", "routes_gen.h": "api", "schema_gen.h": "store"}
# Headers for their own folder alone.
INSIDE = re.compile(r"(_internal\.h|^store/(core|db|schema)\.h|^domain/(audit|core|lines|lists|passing|rooms|sessions|settings|view)\.h)$")
# What of the outside world may be touched where.
OUTSIDE = {
    "sqlite3.h": {"store"},
    "openssl/": {"net", "web"},
    "llhttp.h": {"web"},
    "zlib.h": {"web"},
    "sodium.h": {"auth", "domain", "server"},
    "gd.h": {"media"},
    "seccomp.h": {"media"},
    "uv.h": {"loop", "net", "web", "server"},
}
POISONED = re.compile(
    r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|atof|strtol|strtoll|strtoul|strtoull|localtime|gmtime|gets|alloca)\s*\("
)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def blank(match):
    """Comments go, strings stay quoted and empty, lines stay counted."""
    text = match.group(0)
    return '""' if text.startswith('"') else "\n" * text.count("\n")


def folder_of(header):
    if header in MADE:
        return MADE[header]
    head = header.split("/")[0]
    return head if "/" in header and head in MAY_USE else None


def look(path):
    folder = path.relative_to(SRC).parts[0]
    text = path.read_text()
    for header, bracket in re.findall(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', text, re.M):
        if bracket:
            for prefix, allowed in OUTSIDE.items():
                if bracket.startswith(prefix) and folder not in allowed:
                    yield f"<{bracket}> belongs to {', '.join(sorted(allowed))}"
            continue
        target = folder_of(header)
        if target and target != folder:
            if target not in MAY_USE[folder]:
                yield f'{folder} may not use {target} ("{header}")'
            if INSIDE.search(header):
                yield f'"{header}" is for {target} alone'
        elif target is None and "/" not in header and (path.parent / header).exists():
            yield f'"{header}": include it as "{folder}/{header}"'
    for number, line in enumerate(COMMENT.sub(blank, text).split("\n"), 1):
        found = POISONED.search(line)
        if found:
            yield f"line {number}: {found.group(1)} is poisoned"


def main():
    passed = failed = 0
    for path in sorted([*SRC.rglob("*.c"), *SRC.rglob("*.h")]):
        complaints = list(look(path))
        for complaint in complaints:
            print(f"FAILED {path.relative_to(SRC.parent)}: {complaint}")
        failed += bool(complaints)
        passed += not complaints
    # The order must be one: nobody below uses who is above.
    order = list(MAY_USE)
    seen, rest = set(), set(order)
    while ready := {f for f in rest if MAY_USE[f] <= seen}:
        seen |= ready
        rest -= ready
    if rest:
        print(f"FAILED the folders {sorted(rest)} go round in a ring")
    failed += bool(rest)
    passed += not rest
    print(f"{passed} passed, {failed} failed")
    return bool(failed)


sys.exit(main())
