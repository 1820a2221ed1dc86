#!/usr/bin/env python3
"""The counts that ./dev test closes with (tools/suites.py), and what its suite `coverage` demands (tools/coverage.py)."""
import contextlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
sys.dont_write_bytecode = True
from coverage import by_folder, judge  # noqa: E402
from suites import count_program  # noqa: E402

STARTED = "[==========] Running 3 test(s).\n[ RUN      ] a\n{a}\n[ RUN      ] b\n{b}\n[ RUN      ] c\n{c}\n"
OK, FAILED, SKIPPED = "[       OK ] {}", "[  FAILED  ] {}", "[  SKIPPED ] {}"
CLOSING = "[==========] 3 test(s) run.\n[  PASSED  ] 1 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] c\n\n 1 SKIPPED TEST(S)\n"


def told(output, good, skipped=False):
    count = count_program("x", output, good, skipped)
    return count.passed, count.failed, count.skipped


def judged(folders, counted):
    with contextlib.redirect_stdout(io.StringIO()):
        return judge("x", folders, counted)


CASES = {
    "all well": (told(STARTED.format(a=OK.format("a"), b=OK.format("b"), c=OK.format("c")), True), (3, 0, 0)),
    "one failed, one skipped, told twice": (
        told(STARTED.format(a=OK.format("a"), b=FAILED.format("b"), c=SKIPPED.format("c")) + CLOSING, False), (1, 1, 1)),
    "crashed in the middle": (told("[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n", False), (1, 1, 0)),
    "all well, and a bad end": (told("[ RUN      ] a\n[       OK ] a\n", False), (1, 1, 0)),
    "a closing line": (told("x\n12 passed, 0 failed, 2 skipped\n", True), (12, 0, 2)),
    "the exit status alone": (told("", False), (0, 1, 0)),
    "nothing but skipped": (told("", True, True), (0, 0, 1)),
    "lines by folder, without what has none": (
        by_folder([("a/x.c", 1, 2), ("a/b/y.c", 3, 4), ("z.c", 5, 6), ("c/none.h", 0, 0)]), {".": (5, 6), "a": (4, 6)}),
    "as many lines run as must": (judged({"a": (80, 100), "b": (90, 100), "c": (0, 900)}, ("a", "b")), None),
    "one line too few": (judged({"a": (80, 100), "b": (89, 100)}, ("a", "b")), "x: 169 of 200 lines run, 84.5%; at least 85% must"),
    "a folder that must count is not there": (judged({"a": (100, 100)}, ("a", "b")), "x: 100 of 100 lines run, 100.0%; at least 85% must"),
    "nothing was counted": (judged({}, ()), "x: 0 of 0 lines run, 0.0%; at least 85% must"),
}

wrong = [f"{name}: {got}, and {wanted} is right" for name, (got, wanted) in CASES.items() if got != wanted]
print("\n".join(wrong + [f"{len(CASES) - len(wrong)} passed, {len(wrong)} failed"]))
sys.exit(1 if wrong else 0)
