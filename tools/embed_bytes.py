#!/usr/bin/env python3
"""embed_bytes.py NAME INPUT OUTPUT: a C file that holds INPUT's bytes as `NAME` and their number as `NAME_n`."""

import sys
from pathlib import Path


def main():
    name, source, target = sys.argv[1:]
    data = Path(source).read_bytes()
    rows = [", ".join(str(b) for b in data[i : i + 24]) for i in range(0, len(data), 24)]
    text = f"#include <stddef.h>\n\nextern const unsigned char {name}[];\nextern const size_t {name}_n;\n"
    text += f"const unsigned char {name}[] = {{\n" + ",\n".join(rows) + "\n};\n" + f"const size_t {name}_n = {len(data)};\n"
    Path(target).write_text(text)


main()
