#!/usr/bin/env python3
"""The command line against the real program: test_cli.py CONFAB [corpus]

With `corpus` only the import of the whole real corpus runs (in ../shared/corpus, skipped with exit status 77 where it is not).
"""
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import termios
import time
import traceback
from pathlib import Path

CONFAB = sys.argv[1]
ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests/fixtures/irc"
CORPUS = ROOT.parent / "shared/corpus/ubuntu"
PASSWORD = "a long enough one"
SLOW = int(os.environ.get("CONFAB_SLOW", 1))  # stretches deadlines for sanitizer builds


class Box:
    """A data folder of one test."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="confab-cli-"))
        self.data = self.path / "data"

    def command(self, *words):
        return [CONFAB, *map(str, words), "--data", str(self.data), "--cheap-passwords"]

    def run(self, *words, stdin="", status=0, limit=90 * SLOW):
        done = subprocess.run(self.command(*words), input=stdin, capture_output=True, text=True, timeout=limit)
        assert done.returncode == status, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def add(self, name, *words, status=0):
        return self.run("user", "add", name, "--password-stdin", *words, stdin=PASSWORD + "\n", status=status)

    def users(self):
        return [json.loads(line) for line in self.run("user", "list", "--json").stdout.splitlines()]

    def tamper(self, *sql):
        """As somebody would who gets at the file."""
        db = sqlite3.connect(self.data / "confab.db")
        try:
            for one in sql:
                db.execute(one)
            db.commit()
        finally:
            db.close()

    def number(self, sql):
        db = sqlite3.connect(self.data / "confab.db")
        try:
            return db.execute(sql).fetchone()[0]
        finally:
            db.close()


def test_links_roles_and_sessions(box):
    box.add("ada")
    box.add("grace")
    link = box.run("user", "reset", "grace", "--public-url", "https://chat.example/").stdout
    assert re.fullmatch(r"https://chat\.example/reset#[\w-]{43}\n", link), link
    assert box.run("user", "signout", "grace").stdout == "grace: all sessions ended\n"
    assert box.run("user", "role", "grace", "owner").stdout == "grace: owner\n"
    assert {u["name"]: u["role"] for u in box.users()} == {"ada": "admin", "grace": "owner"}
    assert "member was expected" in box.run("user", "role", "grace", "queen", status=2).stderr
    assert box.run("user", "role", "grace", status=2).stderr
    assert box.run("user", "reset", "nobody", status=1).stderr
    invite = box.run("invite", "make", "--days", "3", "--uses", "1").stdout
    assert re.fullmatch(r"/join#[\w-]{43}\n", invite), invite
    listed = re.fullmatch(r"(\w{13}) standing  0/1 grace\n", box.run("invite", "list").stdout)
    assert listed
    assert box.run("invite", "make", "--days", "0", status=2).stderr
    box.run("invite", "revoke", listed[1])
    assert box.run("invite", "list").stdout == ""
    assert box.run("invite", "revoke", "nothing", status=1).stderr
    acts = [json.loads(line)["act"] for line in box.run("audit", "show", "--json").stdout.splitlines()]
    assert acts[:2] == ["invite_revoked", "invite_made"] and "reset_link_made" in acts, acts


def test_rooms_are_found_by_name_or_id_and_refused_in_words(box):
    box.add("ada")
    box.add("grace")
    box.run("import", "irc", "--room", "Garden", FIXTURES / "2004-11-15.txt")
    shown = json.loads(box.run("room", "show", "garden", "--json").stdout)
    assert shown["room"]["name"] == "Garden" and [m["user"]["name"] for m in shown["members"]] == ["ada"], shown
    assert shown["room"]["id"] in box.run("room", "list").stdout
    assert box.run("room", "list", "nothing like it").stdout == ""
    assert box.run("room", "archive", shown["room"]["id"]).stdout == shown["room"]["id"] + ": archived\n"
    assert " archived " in box.run("room", "list").stdout
    assert box.run("room", "archive", "Desert", status=1).stderr == "confab: no group or open room has this name or id\n"
    assert box.run("room", "owner", "Garden", "grace", status=1).stderr == "confab: owner: the new owner must be a member\n"
    for wrong in (["dig"], ["show"], ["rename", "Garden"], ["list", "a", "b"], ["show", "a", "b"], ["delete", "Garden"]):
        assert box.run("room", *wrong, status=2).stderr, wrong
    box.run("room", "delete", "Garden", "--yes")
    assert box.run("room", "list").stdout == ""
    acts = [json.loads(line)["act"] for line in box.run("audit", "show", "--json").stdout.splitlines()]
    assert acts[:2] == ["room_deleted", "room_archived"], acts


def test_a_room_that_the_shell_deleted_is_cleared_away_by_the_server(box):
    box.add("ada")
    log = box.path / "2020-01-01.txt"
    log.write_text("".join(f"[{i // 60 % 24:02}:{i % 60:02}] <ada> line {i}\n" for i in range(3000)))
    box.run("import", "irc", "--room", "Garden", log)
    server = subprocess.Popen(box.command("serve", "--listen", "127.0.0.1:0"), stderr=subprocess.PIPE, text=True)
    try:
        next(line for line in server.stderr if 'event="ready"' in line)
        box.run("room", "delete", "Garden", "--yes")
        end = time.monotonic() + 30 * SLOW
        while box.number("SELECT count(*) FROM messages") and time.monotonic() < end:
            time.sleep(0.05)
        assert box.number("SELECT count(*) FROM messages") == 0
    finally:
        server.send_signal(signal.SIGTERM)
        server.stderr.read()
    assert server.wait(90 * SLOW) == 0


def test_the_first_account_is_the_owner(box):
    box.add("ada")
    box.add("grace", "--admin", "--display-name", "Grace H.")
    box.add("Linus")
    assert [(u["name"], u["role"]) for u in box.users()] == [("ada", "owner"), ("grace", "admin"), ("linus", "member")]
    assert box.users()[1]["display_name"] == "Grace H."
    assert "grace" in box.run("user", "list").stdout


def test_accounts_follow_the_rules_of_the_api(box):
    box.add("ada")
    assert "taken" in box.add("ada", status=1).stderr
    assert "name" in box.add("-", status=1).stderr
    weak = box.run("user", "add", "bob", "--password-stdin", stdin="12345678\n", status=1)
    assert "guess" in weak.stderr
    assert "no password" in box.run("user", "add", "bob", "--password-stdin", status=1).stderr
    assert [u["name"] for u in box.users()] == ["ada"]


def test_passwords_and_disabling(box):
    box.add("ada")
    box.run("user", "passwd", "ada", "--password-stdin", stdin="another long one\n")
    assert box.run("user", "role", "ada", "admin", status=1).stderr  # a server is never without an owner
    box.run("user", "disable", "ada")
    assert box.users()[0]["disabled"] is True
    box.run("user", "enable", "ada")
    assert not box.users()[0].get("disabled")
    assert box.run("user", "disable", "nobody", status=1).stderr


def test_without_a_terminal_it_says_how_to_give_the_password(box):
    done = subprocess.run(box.command("user", "add", "ada"), stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True)
    assert done.returncode == 1 and "--password-stdin" in done.stderr


def on_a_terminal(command, *answers):
    """Each answer is given to a question. Returns the exit status and what stood on the screen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    screen, asked = b"", 0
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other end is gone
            piece = b""
        if not piece:
            break
        screen += piece
        while asked < min(len(answers), len(re.findall(rb"(?:Password|Once more): ", screen))):
            # It asks before it turns the echo off.
            while termios.tcgetattr(terminal)[3] & termios.ECHO:
                time.sleep(0.001)
            os.write(terminal, answers[asked].encode() + b"\n")
            asked += 1
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen.decode()


def test_a_terminal_is_asked_twice_and_shows_no_password(box):
    status, screen = on_a_terminal(box.command("user", "add", "ada"), PASSWORD, PASSWORD)
    assert status == 0 and PASSWORD not in screen, screen
    assert [u["name"] for u in box.users()] == ["ada"]
    status, screen = on_a_terminal(box.command("user", "add", "bob"), PASSWORD, PASSWORD + "r")
    assert status == 1 and "two different passwords" in screen and PASSWORD not in screen, screen
    assert [u["name"] for u in box.users()] == ["ada"]


def test_settings_are_told_changed_and_refused(box):
    box.add("ada")
    told = dict(line.split(None, 1) for line in box.run("settings").stdout.splitlines())
    assert told["sign_up"] == "open" and told["members_invite"] in ("yes", "no") and int(told["text_chars"]) > 0, told
    assert box.run("settings", "sign-up", "invite").stdout == "invite\n"
    assert box.run("settings", "sign-up").stdout == "invite\n"
    assert "there is no setting height" in box.run("settings", "height", status=1).stderr
    assert box.run("settings", "sign-up", "perhaps", status=1).stderr
    assert box.run("settings", "sign-up").stdout == "invite\n"


def test_the_audit_log_is_told_in_words_and_tells_when_it_was_rewritten(box):
    assert box.run("settings", "sign-up", "invite")
    box.add("ada")
    box.run("settings", "name", "Our house")
    told = box.run("audit", "show").stdout.splitlines()
    assert re.fullmatch(r"3 \S+Z shell \S+ settings_changed name: “Confab” → “Our house”", told[0]), told
    assert any("user_added @ada" in line for line in told), told
    noted = box.run("audit", "verify").stdout.strip()
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", noted), noted
    box.run("settings", "name", "Theirs")
    assert box.run("audit", "verify", "--seen", noted).stdout
    assert "LINE:HASH" in box.run("audit", "verify", "--seen", "x", status=2).stderr
    box.tamper("DROP TRIGGER audit_keeps", "UPDATE audit SET actor = 'nobody' WHERE id = 2")
    assert "line 2 does not follow" in box.run("audit", "verify", status=1).stderr
    assert "line 2 does not follow" in box.run("doctor", "--listen", "localhost:0", status=1).stdout


def test_doctor_finds_what_is_broken(box):
    box.add("ada")
    box.tamper("INSERT INTO blocks VALUES (1, 2, 0)")
    told = box.run("doctor", "--listen", "localhost:0", status=1).stdout
    assert "a row of blocks points to nothing" in told, told
    (box.data / "confab.db").write_bytes(b"no database " * 1000)
    for rest in box.data.glob("confab.db-*"):
        rest.unlink()
    assert "database: can't be opened" in box.run("doctor", "--listen", "localhost:0", status=1).stdout
    shutil.rmtree(box.data)
    box.data.write_text("a file")
    assert "is no folder" in box.run("doctor", "--listen", "localhost:0", status=1).stdout
    box.data.unlink()


def test_doctor_looks_at_addresses(box):
    def told(spec, status):
        return box.run("doctor", "--listen", spec, status=status).stdout

    path = box.path / "socket"
    with socket.socket() as taken, socket.socket(socket.AF_UNIX) as listening:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port} is taken by another program" in told(f"127.0.0.1:{port}", 1)
        assert "is free" in told(f"unix:{path}", 0)
        listening.bind(str(path))
        listening.listen()
        assert "is taken by another program" in told(f"unix:{path}", 1)
    assert "a path this long" in told(f"unix:{box.path}/{'x' * 200}", 1)
    bare = subprocess.run([CONFAB, "doctor", "--data", str(box.data), "--listen", "0.0.0.0:0"], capture_output=True, text=True)
    assert bare.returncode == 0 and "passwords cross the network in the clear" in bare.stdout, bare.stdout
    odd = subprocess.run([CONFAB, "doctor", "--data", str(box.data), "--listen", "nonsense"], capture_output=True, text=True)
    assert odd.returncode == 1 and "host:port or unix:/path was expected" in odd.stdout, odd.stdout + odd.stderr


def test_wrong_calls_get_usage(box):
    for words in (["user"], ["user", "add"], ["user", "list", "ada"], ["user", "feed", "ada"], ["import", "irc"], ["backup"],
                  ["import", "irc", "x", "--room"], ["import", "mail", "x", "--room", "r"], ["doctor", "now"], ["serve", "--treads=1"]):
        done = subprocess.run([CONFAB, *words], capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr, words
    done = subprocess.run([CONFAB, "bakcup"], capture_output=True, text=True)
    assert done.returncode == 2 and "did you mean backup?" in done.stderr


def helps():
    """What each command's --help tells, by the command's name."""
    top = subprocess.run([CONFAB, "--help"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^  (\w+) ", top, re.M)
    assert names == re.findall(r"^COMMAND\((\w+),", (ROOT / "src/server/cli.def").read_text(), re.M)
    return {name: subprocess.run([CONFAB, name, "--help"], capture_output=True, text=True, check=True).stdout for name in names}


def flags(told):
    """The flags that a help lists, each with whether a value follows."""
    return dict(re.findall(r"^  --([a-z-]+)(?: ([A-Z][A-Z:]*)\b)?", told, re.M))


def test_help_tells_what_the_command_takes(box):
    told = helps()
    every = set(re.findall(r"^## `(.*)`", (ROOT / "docs/configuration.md").read_text(), re.M)) - {"rate-limits", "cheap-passwords"}
    own, server = {}, {}
    for name, text in told.items():
        assert text.startswith(f"confab {name}: ") and f"usage: confab {name}" in text
        own[name] = {f: v for f, v in flags(text.partition("\nOptions:\n")[0]).items()}
        server[name] = set(flags(text.partition("\nOptions:\n")[2])) - {"config"}
    assert server.pop("serve") == server.pop("doctor") == every
    assert server.pop("version") == set() and "Options:" not in told["version"]
    assert server == {name: {"data"} | {"invite": {"public-url"}, "user": {"public-url"}, "settings": {"name"}, "export": {"name"}}.get(name, set()) for name in server}
    assert own["user"] == {"admin": "", "display-name": "N", "password-stdin": "", "json": ""}
    # Each command takes what its help lists, and nothing that only another one's lists.
    for name in set(own) - {"version"}:
        for flag, value in {f: v for flags_ in own.values() for f, v in flags_.items()}.items():
            words = [CONFAB, name, "--data", str(box.path / "none"), "--listen", "nonsense", "--" + flag, *(["0:0"] if value else [])]
            done = subprocess.run(words, capture_output=True, text=True)
            assert (f"--{flag}: there is no such option" in done.stderr) == (flag not in own[name]), (words, done.stderr)
    assert subprocess.run([CONFAB, "version", "--json"], capture_output=True, text=True).returncode == 2


def test_help_is_everywhere(box):
    assert subprocess.run([CONFAB, "--version"], capture_output=True, text=True, check=True).stdout.startswith("confab ")


def test_what_cannot_be_told_is_an_error(box):
    box.add("ada")
    for words in (["user", "list"], ["invite", "make"], ["settings"], ["backup", box.path / "copy"], ["version"], ["--help"], ["user", "--help"]):
        with open("/dev/full", "w", encoding="utf8") as full:
            command = box.command(*words) if words[0] in ("user", "invite", "settings", "backup") and "--help" not in words else [CONFAB, *words]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr) == (1, "confab: can't write standard output: No space left on device\n"), (words, done)


def test_an_import_says_which_file_is_missing(box):
    assert "none.txt: No such file or directory" in box.run("import", "irc", "--room", "r", box.path / "none.txt", status=1).stderr
    assert "is no file that can be read" in box.run("import", "irc", "--room", "r", box.path, status=1).stderr


def files(folder=FIXTURES):
    return sorted(folder.glob("*.txt"))


def lines_of(paths):
    return sum(p.read_bytes().count(b"\n") for p in paths)


def test_importing_twice_adds_nothing(box):
    n = lines_of(files())
    first = json.loads(box.run("import", "irc", "--room", "ubuntu", *files()).stdout)
    assert first["lines"] == first["messages"] + first["notices"] == first["added"] == n, first
    assert first["files"] == 4 and first["undated"] == 1 and first["odd"] == first["skipped"] == 0, first
    again = json.loads(box.run("import", "irc", "--room", "ubuntu", *reversed(files())).stdout)
    assert again["added"] == 0 and again["skipped"] == n and again["room"] == first["room"], again
    assert box.number("SELECT count(*) FROM messages") == n
    # One gap-free sequence, in the order of the days.
    assert box.number("SELECT max(seq) - min(seq) + 1 FROM messages") == n


def test_texts_that_are_too_long_become_several(box):
    log = box.path / "2020-01-01.txt"
    log.write_text("[10:00] <a> " + "é" * 20000 + "\n[10:01] <a> short\n")
    told = json.loads(box.run("import", "irc", "--room", "long", log).stdout)
    assert told["messages"] == 2 and told["split"] == 2 and told["added"] == 4, told
    assert box.number("SELECT sum(length(text)) FROM messages") == 20005


def test_what_is_no_log_is_refused_whole(box):
    log, text = box.path / "2020-01-01.txt", box.path / "letter.txt"
    log.write_text("garbage\n[10:00] <a> one line that is IRC's\nmore of it\n")
    text.write_text("Dear all,\n\nthis is a letter.\n")
    assert "letter.txt: is no IRC log" in box.run("import", "irc", "--room", "r", log, text, status=1).stderr
    told = json.loads(box.run("import", "irc", "--room", "r", log).stdout)
    assert told["messages"] == 3 and told["odd"] == 2, told


def test_an_import_that_was_killed_is_finished_by_another(box):
    log, n = box.path / "2020-01-01.txt", 60000 if SLOW == 1 else 20000
    log.write_text("".join(f"[{i // 3600:02}:{i // 60 % 60:02}] <nick{i % 50}> line {i}\n" for i in range(n)))
    for _ in range(2):
        before = box.number("SELECT count(*) FROM messages") if (box.data / "confab.db").exists() else 0
        one = subprocess.Popen(box.command("import", "irc", "--room", "r", log), stdout=subprocess.DEVNULL)
        while one.poll() is None:
            try:
                if box.number("SELECT count(*) FROM messages") > before + 2000:
                    one.send_signal(signal.SIGKILL)
                    break
            except sqlite3.OperationalError:
                pass  # not made yet
            time.sleep(0.005)
        one.wait()
        assert one.returncode == -signal.SIGKILL, "it was too fast to be killed"
        assert 0 < box.number("SELECT count(*) FROM messages") < n
    told = json.loads(box.run("import", "irc", "--room", "r", log).stdout)
    assert told["added"] + told["skipped"] == n and told["skipped"] > 0, told
    assert box.number("SELECT count(*) FROM messages") == box.number("SELECT count(DISTINCT text) FROM messages") == n
    assert box.number("SELECT count(*) FROM (SELECT text, lag(id) OVER (ORDER BY seq) AS p, lag(text) OVER (ORDER BY seq) AS t FROM messages)"
                      " WHERE CAST(substr(text, 6) AS INT) <> coalesce(CAST(substr(t, 6) AS INT), -1) + 1") == 0


def test_interrupting_ends_in_order(box):
    log = box.path / "2020-01-01.txt"
    log.write_text("".join(f"[00:00] <a> line {i}\n" for i in range(200000)))
    one = subprocess.Popen(box.command("import", "irc", "--room", "r", log), stdout=subprocess.PIPE, text=True)
    while not (box.data / "confab.db-wal").exists() or (box.data / "confab.db-wal").stat().st_size < 1 << 20:
        assert one.poll() is None
        time.sleep(0.005)
    one.send_signal(signal.SIGINT)
    told = json.loads(one.communicate()[0])
    assert one.returncode == 130 and told["interrupted"] is True and 0 < told["added"] < 200000, told
    assert box.number("SELECT count(*) FROM messages") == told["added"]


def test_a_second_server_at_the_same_address_is_refused(box):
    one = subprocess.Popen(box.command("serve", "--listen", "127.0.0.1:0"), stderr=subprocess.PIPE, text=True)
    try:
        address = next(m[1] for line in one.stderr if (m := re.search(r'event="listening" address=(\S+)', line)))
        done = subprocess.run([CONFAB, "serve", "--listen", address, "--data", str(box.path / "other")], capture_output=True, text=True, timeout=90 * SLOW)
        assert done.returncode == 1 and f"can't listen on {address}: another program" in done.stderr, done.stderr
        told = box.run("doctor", "--listen", address).stdout
        assert f"ok    listen: {address}\n" in told, told
    finally:
        one.send_signal(signal.SIGTERM)
        one.stderr.read()
    assert one.wait(90 * SLOW) == 0


def test_importing_beside_a_server_is_refused(box):
    box.add("ada")
    with open(box.data / "confab.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "while the server is down" in box.run("import", "irc", "--room", "r", files()[0], status=1).stderr
        box.run("restore", box.data / "confab.db", status=1)
        box.add("grace")  # accounts can be managed meanwhile


def test_a_backup_can_be_restored(box):
    box.add("ada")
    epoch = box.number("SELECT value FROM meta WHERE key = 'epoch'")
    copy = box.path / "copy.db"
    box.run("backup", copy)
    box.add("grace")
    box.run("restore", copy)
    assert [u["name"] for u in box.users()] == ["ada"]
    assert box.number("SELECT value FROM meta WHERE key = 'epoch'") != epoch
    assert (box.data / "confab.db.before-restore").exists()
    (box.path / "no.db").write_text("not a database")
    box.run("restore", box.path / "no.db", status=1)
    assert [u["name"] for u in box.users()] == ["ada"]


def test_doctor(box):
    told = box.run("doctor", "--listen", "localhost:0")
    assert "none yet" in told.stdout or "will make it" in told.stdout
    box.add("ada")
    told = box.run("doctor", "--listen", "localhost:0").stdout
    assert "database: sound" in told and "pictures: can be made" in told
    box.data.chmod(0o755)
    assert "chmod 700" in box.run("doctor", "--listen", "localhost:0", status=1).stdout
    box.data.chmod(stat.S_IRWXU)
    told = box.run("doctor", "--listen", "localhost:0", "--trusted-proxies", "10.0.0.1/8", "--tls-cert", "a", "--tls-key", "b", status=1).stdout
    assert "trusted-proxies" in told and "tls" in told and "2 things to repair" in told, told


def test_commands_want_a_database(box):
    for words in (["user", "list"], ["backup", "x.db"]):
        assert "no database" in box.run(*words, status=1).stderr


def corpus(box):
    told = json.loads(box.run("import", "irc", "--room", "ubuntu", *files(CORPUS), limit=900).stdout)
    assert (told["files"], told["lines"], told["messages"], told["notices"]) == (174, 250564, 224095, 26469), told
    assert told["added"] == 250564 and told["odd"] == told["blank"] == told["cut"] == 0, told
    assert box.number("SELECT count(*) FROM messages") == 250564
    assert "database: sound" in box.run("doctor", "--listen", "localhost:0").stdout
    print(f"imported in {told['seconds']} s")


def main():
    tests = [f for name, f in globals().items() if name.startswith("test_")]
    if sys.argv[2:] == ["corpus"]:
        if not CORPUS.is_dir():
            print("the real corpus is not there (../shared/corpus)")
            return 77
        tests = [corpus]
    failed = 0
    for test in tests:
        box = Box()
        try:
            test(box)
        except Exception:
            failed += 1
            print(f"FAILED {test.__name__}")
            traceback.print_exc(file=sys.stdout)
        finally:
            shutil.rmtree(box.path)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return bool(failed)


for name in list(os.environ):
    if name.startswith("CONFAB_"):
        del os.environ[name]
sys.exit(main())
