#!/usr/bin/env python3
"""Run the test suites that ./dev has built, and count: suites.py fast|full [SUITE…]

Each suite says how many of its tests passed, failed and were skipped; the last line is the sum over all of them,
`N passed, N failed` (`, N skipped`). A suite that could not run, or that ran nothing, counts as a failure. What a suite
printed stands in build/test-logs/<suite>.log, and on the screen where something failed.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build/test-logs"
SCRATCH_BYTES = 4 << 30
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", re.M)
ASAN = {"CONFAB_SLOW": "4",
        "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:detect_stack_use_after_return=1",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
TSAN = {"CONFAB_SLOW": "6", "TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1"}


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    words: list = field(default_factory=list)  # what failed, a line each

    def __add__(self, other):
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped, self.words + other.words)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


class CouldNotRun(Exception):
    pass


def run(name, command, env=None, cwd=ROOT, limit=900):
    """Output goes to the suite's log. Returns the exit status and the output."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    try:
        with open(log, "ab") as out:
            at = out.tell()
            process = subprocess.Popen([str(c) for c in command], cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=subprocess.STDOUT)
        # Python's own waiting with a limit looks twenty times a second, and costs what is being tested a tenth of a core.
        expired = threading.Event()
        late = threading.Timer(limit, lambda: (expired.set(), process.kill()))
        late.start()
        try:
            status = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            late.cancel()
    except FileNotFoundError as error:
        raise CouldNotRun(f"{error.filename} is not there") from None
    if expired.is_set():
        raise CouldNotRun(f"took more than {limit} s")
    return status, log.read_bytes()[at:].decode(errors="replace")


def count_program(name, output, good, skipped):
    """One test program: cmocka's output, a closing `N passed, N failed`, or the exit status alone."""
    started = output.count("[ RUN      ]")
    if started:
        # What started and neither ended well nor was skipped has failed, or took the program down with it.
        # Those that were skipped are told again at the end.
        passed, skips = output.count("[       OK ]"), len(set(re.findall(r"^\[  SKIPPED \] ([a-z]\w*)$", output, re.M)))
        count = Count(passed, started - passed - skips, skips)
    elif summary := list(SUMMARY.finditer(output)):
        count = Count(*(int(n or 0) for n in summary[-1].groups()))
    else:
        count = Count(skipped=1) if skipped else Count(1, 0) if good else Count(0, 1)
    if not good and not skipped and not count.failed:
        count.failed = 1
    if count.failed:
        count.words.append(name)
    return count


def meson(name, build, *options, env=None):
    """The tests of a build folder, through `meson test`."""
    if not (ROOT / build / "build.ninja").exists():
        raise CouldNotRun(f"{build} is not built")
    log = ROOT / build / "meson-logs" / f"{name}.json"
    log.unlink(missing_ok=True)
    run(name, ["meson", "test", "-C", build, "--no-rebuild", "--logbase", name, "--print-errorlogs", *options], env)
    if not log.exists():
        raise CouldNotRun("meson test wrote no log")
    total = Count()
    for line in log.read_text().splitlines():
        test = json.loads(line)
        output = test.get("stdout", "") + test.get("stderr", "")
        total += count_program(test["name"], output, test["result"] in ("OK", "EXPECTEDFAIL"), test["result"] == "SKIP")
    return total


def vitest(name, folder, config=None, env=None, limit=900, options=()):
    """Vitest of web/node_modules on a folder with a vitest configuration."""
    if not (ROOT / folder).is_dir() or (config and not (ROOT / folder / config).exists()):
        raise CouldNotRun(f"{folder} is not there")
    report = LOGS / f"{name}.json"
    LOGS.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [ROOT / "web/node_modules/.bin/vitest", "run", "--reporter=default", "--reporter=json", f"--outputFile.json={report}"]
    run(name, command + (["--config", config] if config else []) + list(options), env, ROOT / folder, limit)
    if not report.exists():
        raise CouldNotRun("vitest wrote no report")
    data = json.loads(report.read_text())
    count = Count(data["numPassedTests"], data["numFailedTests"], data["numPendingTests"] + data["numTodoTests"])
    for file in data["testResults"]:
        # A file that can't be loaded has no tests that could fail.
        if file["status"] == "failed" and not any(t["status"] == "failed" for t in file["assertionResults"]):
            count.failed += 1
            count.words.append(f"{file['name']}: {file.get('message', '')[:200]}")
        count.words += [t["fullName"] for t in file["assertionResults"] if t["status"] == "failed"]
    return count


def program(name, command, env=None, limit=900):
    """A program that ends with `N passed, N failed`."""
    if not (ROOT / command[-1]).exists() and not shutil.which(str(command[0])):
        raise CouldNotRun(f"{command[-1]} is not there")
    status, output = run(name, command, env, limit=limit)
    return count_program(name, output, status == 0, status == 77)


def fuzz_corpora(name):
    """Each input that stands in fuzz/corpus once through its fuzzer."""
    total = Count()
    for source in sorted((ROOT / "fuzz").glob("fuzz_*.c")):
        fuzzer, corpus = ROOT / "build-asan/fuzz" / source.stem, ROOT / "fuzz/corpus" / source.stem.removeprefix("fuzz_")
        inputs = sum(1 for p in corpus.rglob("*") if p.is_file()) if corpus.is_dir() else 0
        if not fuzzer.exists() or not inputs:
            total += Count(0, 1, 0, [f"{source.stem}: {'no inputs' if fuzzer.exists() else 'not built'}"])
            continue
        status, _ = run(name, [fuzzer, "-runs=0", "-timeout=10", f"-artifact_prefix={LOGS}/", corpus], ASAN, limit=300)
        total += Count(inputs) if status == 0 else Count(0, 1, 0, [source.stem])
    return total


def measured(name):
    """What of the code the cheap tests run; each part that must reach its share is a test."""
    if not shutil.which("gcovr"):
        raise CouldNotRun("gcovr is not there")
    coverage.forget()
    total = meson(name, "build-coverage", "--suite", "unit", "--timeout-multiplier", "4")
    total += vitest(name, "tests/wire", "vitest.config.ts", SERVER_COVERAGE, limit=1200)
    total += vitest(name, "web", options=["--coverage.enabled"])
    try:
        server, client = coverage.server(), coverage.client()
    except (OSError, subprocess.CalledProcessError) as reason:
        raise CouldNotRun(f"nothing was counted: {reason}") from None
    for missing in (coverage.judge("server, src/", server, tuple(server)), coverage.judge("client, web/src/", client, coverage.CLIENT)):
        total += Count(0, 1, 0, [missing]) if missing else Count(1)
    return total


SERVER, SERVER_ASAN, SERVER_COVERAGE = ({"CONFAB_BINARY": str(ROOT / b / "src/server/confab")} for b in ("build", "build-asan", "build-coverage"))

# Name, tiers (none: by name alone), what it does. The wire tests run under AddressSanitizer; twice would be for nothing.
SUITES = [
    ("layers", "fast full", lambda n: program(n, ["python3", "tests/unit/test_layers.py"])),
    ("suites", "fast full", lambda n: program(n, ["python3", "tests/unit/test_suites.py"])),
    ("unit", "fast full", lambda n: meson(n, "build", "--suite", "unit", "--timeout-multiplier", "3")),
    ("corpus", "full", lambda n: meson(n, "build", "--suite", "corpus", "--timeout-multiplier", "3")),
    ("client", "fast full", lambda n: vitest(n, "web")),
    ("unit-asan", "full", lambda n: meson(n, "build-asan", "--suite", "unit", "--timeout-multiplier", "4", env=ASAN)),
    ("unit-tsan", "full", lambda n: meson(n, "build-tsan", "--suite", "unit", "--timeout-multiplier", "6", env=TSAN)),
    ("fuzz-corpora", "full", fuzz_corpora),
    ("wire", "", lambda n: vitest(n, "tests/wire", "vitest.config.ts", SERVER, limit=1200)),
    ("wire-asan", "full", lambda n: vitest(n, "tests/wire", "vitest.config.ts", {**SERVER_ASAN, **ASAN, "CONFAB_SLOW": "2"}, limit=1800)),
    ("coverage", "full", measured),
    ("kill", "full", lambda n: vitest(n, "tests/kill", "vitest.config.ts", SERVER)),
    ("e2e", "full", lambda n: vitest(n, "web/e2e", "vitest.config.ts", SERVER, limit=3000)),
]


def scratch():
    """Where tests keep their databases and browsers their profiles: in memory where there is room, for nothing here tests
    a power cut, and on a slow disk each of the many thousand commits would cost some ms."""
    shm = Path("/dev/shm")
    room = shutil.disk_usage(shm).free if os.access(shm, os.W_OK) else 0
    return tempfile.TemporaryDirectory(prefix="confab-tests-", dir=shm if room >= SCRATCH_BYTES else None)


def main():
    tier, wanted = sys.argv[1], sys.argv[2:]
    known = [name for name, *_ in SUITES]
    for name in wanted:
        if name not in known:
            sys.exit(f"there is no suite {name}; there are: {' '.join(known)}")
    shutil.rmtree(LOGS, ignore_errors=True)
    with scratch() as folder:
        os.environ["TMPDIR"] = folder
        total = run_suites(tier, wanted)
    print(total)
    sys.exit(1 if total.failed or not total.passed else 0)


def run_suites(tier, wanted):
    total = Count()
    for name, tiers, suite in SUITES:
        if name not in wanted if wanted else tier not in tiers.split():
            continue
        start = time.monotonic()
        try:
            count = suite(name)
            if not count.passed + count.failed + count.skipped:
                raise CouldNotRun("ran no test")
        except CouldNotRun as reason:
            count = Count(0, 1, 0, [f"could not run: {reason}"])
        log = LOGS / f"{name}.log"
        if count.failed and log.exists():
            print("\n".join(log.read_text(errors="replace").splitlines()[-200:]))
        for word in count.words:
            print(f"  FAILED {name}: {word}")
        print(f"{name:<14}{count}  ({time.monotonic() - start:.1f} s)", flush=True)
        total += count
    return total


if __name__ == "__main__":
    main()
