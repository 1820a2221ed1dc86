#!/usr/bin/env python3
"""Turns the built web client into a C table and one file of bytes that the assembler includes.

    embed_client.py DIST OUT.c OUT.bin

Each file stands there as it is and, where that is smaller, in gzip and brotli. Where DIST does not exist, one plain page
says how to build the client, so that the server builds and runs without it. Needs the `brotli` program; without it there
are only gzip forms, with a word on standard error. Where nothing has changed, the outputs are left alone: the build may run
this every time.
"""
import argparse
import gzip
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}
PACKED_ALREADY = {".png", ".jpg", ".webp", ".woff2", ".ico"}
HASHED = re.compile(r"^assets/.*[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")

PLAIN_PAGE = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Confab</title>
<h1>The server runs, the web client is not built</h1>
<p>Build it with <code>./dev run</code>, or in <code>web/</code> with <code>npm ci &amp;&amp; npm run build</code>, and build the
server again. The API is at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</html>
"""


def brotli_of(data):
    run = subprocess.run(["brotli", "--quality=11", "--lgwin=22", "--stdout", "-"], input=data, capture_output=True, check=True)
    return run.stdout


def forms_of(data, packed_already, have_brotli):
    """(gzip, brotli), each None where it would not be smaller."""
    if packed_already or len(data) < 200:
        return None, None
    gz = gzip.compress(data, 9, mtime=0)
    br = brotli_of(data) if have_brotli else None
    return (gz if len(gz) < len(data) else None), (br if br is not None and len(br) < len(data) else None)


def read_files(dist):
    if not (dist / "index.html").is_file():
        return [("index.html", PLAIN_PAGE)]
    files = [p for p in sorted(dist.rglob("*")) if p.is_file() and p.suffix != ".map"]
    return [(p.relative_to(dist).as_posix(), p.read_bytes()) for p in files]


def digest_of(files, have_brotli):
    h = hashlib.sha256(Path(__file__).read_bytes() + bytes([have_brotli]))
    for path, data in files:
        h.update(f"{path}\0{len(data)}\0".encode() + data)
    return h.hexdigest()


class Bytes:
    """All contents behind one another; equal ones once."""

    def __init__(self):
        self.data = bytearray()
        self.known = {}

    def add(self, piece):
        if piece not in self.known:
            self.known[piece] = len(self.data)
            self.data += piece
        return self.known[piece]


def row(path, data, out, have_brotli):
    suffix = Path(path).suffix.lower()
    gz, br = forms_of(data, suffix in PACKED_ALREADY, have_brotli)

    def at(piece):
        return "NULL" if piece is None else f"client_bytes + {out.add(piece)}"

    etag = hashlib.sha256(data).hexdigest()[:20]
    kind = TYPES.get(suffix, "application/octet-stream")
    sizes = f"{len(data)}, {len(gz or b'')}, {len(br or b'')}"
    immutable = "true" if HASHED.match(path) else "false"
    quoted = ("/" + path).replace("\\", "\\\\").replace('"', '\\"')
    return f'    {{"{quoted}", "{kind}", {at(data)}, {at(gz)}, {at(br)}, {sizes}, "\\"{etag}\\"", {immutable}}},\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dist", type=Path)
    parser.add_argument("out_c", type=Path)
    parser.add_argument("out_bin", type=Path)
    args = parser.parse_args()

    have_brotli = shutil.which("brotli") is not None
    files = read_files(args.dist)
    digest = digest_of(files, have_brotli)
    if args.out_bin.is_file() and args.out_c.is_file() and digest in args.out_c.read_text(errors="replace"):
        return
    if not have_brotli:
        print("embed_client.py: no `brotli` program, files are packed with gzip only", file=sys.stderr)
    out = Bytes()
    rows = "".join(row(path, data, out, have_brotli) for path, data in files)
    args.out_bin.write_bytes(bytes(out.data) + b"\0")
    included = str(args.out_bin.resolve()).replace("\\", "\\\\").replace('"', '\\"')
    args.out_c.write_text(
        f"/* Made by tools/embed_client.py from {digest}. */\n"
        '#include "web/static.h"\n\n'
        '__asm__(".section .rodata\\n"\n'
        '        ".balign 16\\n"\n'
        '        ".globl client_bytes\\n"\n'
        '        ".hidden client_bytes\\n"\n'
        '        "client_bytes:\\n"\n'
        f'        ".incbin \\"{included}\\"\\n"\n'
        '        ".text\\n");\n'
        'extern const unsigned char client_bytes[] __attribute__((visibility("hidden")));\n\n'
        "const struct static_file static_client_files[] = {\n" + rows + "    {NULL},\n};\n")


if __name__ == "__main__":
    main()
