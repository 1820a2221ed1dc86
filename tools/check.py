#!/usr/bin/env python3
"""./dev check: layout, lint, generated files, layers. Goes through all of it, tells each, fails at the end.

  check.py [NAME…]   only these
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDEST = 140  # columns: what clang-format can't break


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT,
                         capture_output=True, check=True)
    return sorted({p for p in out.stdout.decode().split("\0") if p and (ROOT / p).is_file()})


def run(*command, cwd=ROOT):
    """What it says where it fails; None where it is content."""
    done = subprocess.run([str(c) for c in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    return None if done.returncode == 0 else done.stdout.strip() or f"exit status {done.returncode}"


def many(command, files, each=8):
    """The same command on pieces of the list, on all cores."""
    pieces = [files[i:i + each] for i in range(0, len(files), each)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [s for s in pool.map(lambda piece: run(*command, *piece), pieces) if s]
    return "\n".join(said) or None


def layout():
    version = re.search(r"version (\d+)", subprocess.run(["clang-format", "--version"], capture_output=True, text=True).stdout)
    if not version or version.group(1) != "14":
        return "skip: the layout is that of clang-format 14 (Debian 12)"
    said = many(["clang-format", "--dry-run", "-Werror"], tracked("*.c", "*.h"))
    if not said:
        return None
    files = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", said, re.M)))
    return "run ./dev fmt; these are laid out otherwise:\n" + "\n".join(files)


def text():
    said = []
    for name in tracked("*.c", "*.h", "*.py", "*.md", "*.def", "*.toml", "*.sh", "*.ts", "*.svelte", "*.css", "dev", ".ci/run"):
        if name.startswith("docs/pictures/"):
            continue
        try:
            body = (ROOT / name).read_bytes().decode()
        except UnicodeDecodeError:
            said.append(f"{name}: is not UTF-8")
            continue
        if not body.endswith("\n") and body:
            said.append(f"{name}: no newline at the end")
        for number, line in enumerate(body.split("\n"), 1):
            if line != line.rstrip() and not name.endswith(".md"):
                said.append(f"{name}:{number}: blanks at the end")
            if "\t" in line and name.endswith((".c", ".h", ".py")):
                said.append(f"{name}:{number}: a tab")
            if len(line) > WIDEST and name.endswith((".c", ".h")):
                said.append(f"{name}:{number}: {len(line)} columns")
    return "\n".join(said) or None


def tidy():
    """clang-tidy on what the build compiles of src/."""
    if not shutil.which("clang-tidy"):
        return "skip: no clang-tidy"
    database = ROOT / "build/compile_commands.json"
    files = sorted({e["file"] for e in json.loads(database.read_text()) if e["file"].startswith("../src/")})
    said = many(["clang-tidy", "--quiet", "-p", "build", "--extra-arg=-Wno-unknown-warning-option"],
                [str((ROOT / "build" / f).resolve()) for f in files], 4)
    return said and "\n".join(line for line in said.split("\n") if not re.match(r"\d+ warnings? ", line))


def lock():
    said = []
    for name in tracked("*package-lock.json"):
        if '"resolved"' in (ROOT / name).read_text():
            said.append(f"{name}: has download addresses; npm must read .npmrc (omit-lockfile-registry-resolved=true)")
    return "\n".join(said) or None


def links():
    """Links between the pages lead somewhere."""
    said = []
    for name in tracked("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", (ROOT / name).read_text()):
            if "://" not in target and not target.startswith("mailto:") and not ((ROOT / name).parent / target).exists():
                said.append(f"{name}: {target} is not there")
    return "\n".join(said) or None


CHECKS = {
    "text": text,
    "layout": layout,
    "layers": lambda: run("python3", "tests/unit/test_layers.py"),
    "generated: protocol": lambda: run("python3", "tools/gen_protocol.py", "--web", "--docs", "--check"),
    "generated: configuration": lambda: run("python3", "tools/gen_config.py", "--check"),
    "generated: screens": lambda: run("env", "CONFAB_E2E=page", "node_modules/.bin/vitest", "run", "--config", "e2e/vitest.config.ts", cwd=ROOT / "web"),
    "lock file": lock,
    "links": links,
    "shellcheck": lambda: run("shellcheck", "dev", ".ci/run", *tracked("*.sh")),
    "client: types": lambda: run("npm", "run", "--silent", "types", cwd=ROOT / "web"),
    "client: lint": lambda: run("npm", "run", "--silent", "lint", cwd=ROOT / "web"),
    "clang-tidy": tidy,
}


def timed(name):
    start = time.monotonic()
    return CHECKS[name](), time.monotonic() - start


def main():
    wanted = sys.argv[1:] or list(CHECKS)
    if unknown := [w for w in wanted if w not in CHECKS]:
        sys.exit(f"there is no check {unknown[0]}; there are: {', '.join(CHECKS)}")
    failed = 0
    # The types of the client keep one core busy for as long as all the others the rest.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {name: pool.submit(timed, name) for name in sorted(wanted, key=lambda name: name != "client: types")}
        for name in wanted:
            said, seconds = running[name].result()
            skipped = bool(said) and said.startswith("skip: ")
            print(f"{'skip' if skipped else 'BAD ' if said else 'ok  '}  {name}  ({seconds:.1f} s)", flush=True)
            if said:
                print("      " + said.replace("\n", "\n      "))
            failed += bool(said) and not skipped
    print(f"{len(wanted) - failed} of {len(wanted)} checks are content")
    sys.exit(1 if failed else 0)


main()
