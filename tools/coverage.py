"""How much of the code the tests run: the suite `coverage` of ./dev test (tools/suites.py).

The server is built with gcc's counters in build-coverage; unit and wire tests run on that build, and gcovr reads what
they left behind. The client's is counted by vitest (v8). What a table makes (build-coverage/src, generated.ts) does not
count; nothing else of src/ is left out. Counters are written where a program ends by itself, which the confined picture
child may not (it can open no file) and a killed server can't: their lines count as not run, though tests drive them.
"""
import json
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD, REPORT = ROOT / "build-coverage", ROOT / "build/coverage"
LEAST = 85.0  # per cent of lines
# The client's logic, free of framework and browser. The other folders are shown: what glues it to Svelte and to the
# browser is driven by web/e2e, where nothing is counted.
CLIENT = ("model", "markdown", "net")


def forget():
    """What earlier runs counted, and notes of the compiler on sources that are no more."""
    shutil.rmtree(REPORT, ignore_errors=True)
    for counters in BUILD.rglob("*.gcda"):
        counters.unlink()
    for note in BUILD.rglob("*.gcno"):
        if not note.with_suffix(".o").exists():
            note.unlink()


def server():
    """{folder of src: (lines run, lines)}"""
    pages = REPORT / "server"
    pages.mkdir(parents=True)
    summary = pages / "summary.json"
    subprocess.run(["gcovr", "--root", ROOT, "--filter", "src/", "--json-summary", summary, "--html-title", "Confab: the server",
                    "--html-details", pages / "index.html", "--object-directory", BUILD, BUILD], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    files = json.loads(summary.read_text())["files"]
    return by_folder((file["filename"].removeprefix("src/"), file["line_covered"], file["line_total"]) for file in files)


def client():
    """The same of web/src, as vitest has counted it."""
    files = json.loads((REPORT / "client/coverage-summary.json").read_text())
    src = f"{ROOT}/web/src/"
    return by_folder((name.removeprefix(src), told["lines"]["covered"], told["lines"]["total"]) for name, told in files.items()
                     if name.startswith(src))


def by_folder(files):
    folders = defaultdict(lambda: (0, 0))
    for name, run, lines in files:
        folder = name.split("/")[0] if "/" in name else "."
        folders[folder] = folders[folder][0] + run, folders[folder][1] + lines
    return {folder: folders[folder] for folder in sorted(folders) if folders[folder][1]}


def share(counts):
    run, lines = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    return 100 * run / lines if lines else 0.0, run, lines


def judge(what, folders, counted):
    """A table, and whether what is counted of it is enough."""
    print(f"{what:<24}{'lines':>8}{'run':>8}")
    for folder, counts in folders.items():
        percent, _, lines = share([counts])
        print(f"  {folder:<22}{lines:>8}{percent:>7.1f}%{'' if folder in counted else '  (shown only)'}")
    percent, run, lines = share([folders[folder] for folder in counted if folder in folders])
    print(f"  {'together':<22}{lines:>8}{percent:>7.1f}%  (at least {LEAST:.0f}%)", flush=True)
    enough = percent >= LEAST and all(folder in folders for folder in counted)
    return None if enough else f"{what}: {run} of {lines} lines run, {percent:.1f}%; at least {LEAST:.0f}% must"
