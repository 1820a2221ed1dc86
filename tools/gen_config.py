#!/usr/bin/env python3
"""Make what follows from the tables of options (src/server/config.def) and commands (src/server/cli.def):

  docs/configuration.md, packaging/confab.1, packaging/confab.conf

  --check   write nothing, fail where one of them is stale
"""
import argparse
import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORMS = {
    "STR": ("TEXT", "text"),
    "CHOICE": ("WORD", "one of"),
    "LIST": ("LIST", "texts with commas between them; may be given several times"),
    "BOOL": ("", "yes or no"),
    "INT": ("NUMBER", "number"),
    "DURATION": ("TIME", "time: `90s`, `500ms`, `10m`, `2h`; a bare number is seconds"),
    "SIZE": ("SIZE", "size: `256K`, `1M`, `2G`; a bare number is bytes"),
}
TOKEN = re.compile(r'\s*("(?:\\.|[^"\\])*"|\w+|,)')


def rows(path, names):
    """NAME(word, "text" "text", …) of an X-macro table, adjacent texts joined."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    for match in re.finditer(rf"^({'|'.join(names)})\(", text, re.M):
        at, fields, field = match.end(), [], ""
        while token := TOKEN.match(text, at):
            at = token.end()
            word = token.group(1)
            if word == ",":
                fields.append(field)
                field = ""
            else:
                field += ast.literal_eval(word) if word.startswith('"') else word
        if text[at:].lstrip()[:1] != ")":
            sys.exit(f"{path}: can't read the row after {text[match.start():match.start() + 40]!r}")
        yield match.group(1), fields + [field]


def load():
    options = []
    for macro, (name, form, fallback, limits, doc) in rows(ROOT / "src/server/config.def", ["CONFIG", "CONFIG_HIDDEN"]):
        if form not in FORMS:
            sys.exit(f"config.def: {name}: unknown type {form}")
        options.append(dict(flag=name.replace("_", "-"), env="CONFAB_" + name.upper(), form=form, fallback=fallback, limits=limits,
                            doc=doc, hidden=macro == "CONFIG_HIDDEN"))
    commands = [dict(name=n, usage=u, summary=s, options=o.split(), help=h)
                for _, (n, u, s, o, h) in rows(ROOT / "src/server/cli.def", ["COMMAND"])]
    known = {"*"} | {option["env"].removeprefix("CONFAB_").lower() for option in options}
    for command in commands:
        for name in set(command["options"]) - known:
            sys.exit(f"cli.def: {command['name']}: there is no option {name}")
    return options, commands


def value_words(option):
    if option["form"] == "CHOICE":
        return "one of " + ", ".join(f"`{w}`" for w in option["limits"].split("|"))
    words = FORMS[option["form"]][1]
    return f"{words}; {option['limits'].replace('..', ' to ')}" if option["limits"] else words


def page(options):
    out = ["# Configuration", "",
           "<!-- Made by tools/gen_config.py from src/server/config.def; change that. -->", "",
           "Every option can be given as a flag (`--log-level warn` or `--log-level=warn`), by the environment",
           "(`CONFAB_LOG_LEVEL=warn`), or in a file (`log-level = warn`) that `--config FILE` or `CONFAB_CONFIG` names. A flag beats the",
           "environment, the environment beats the file, the file beats the default. In the file, lines that start with `#` are",
           "remarks. What can't be understood stops the program with a word on where it stands.", "",
           "`confab doctor` with the same options says whether the machine is fit for them.", ""]
    for option in options:
        out += [f"## `{option['flag']}`", "", option["doc"], "",
                f"- Value: {value_words(option)}",
                f"- Default: {'`' + option['fallback'] + '`' if option['fallback'] else 'none'}",
                f"- Environment: `{option['env']}`"]
        if option["hidden"]:
            out += ["- Not shown by `--help`."]
        out += [""]
    return "\n".join(out)


def sample(options):
    out = ["# Options of Confab with their defaults; all of them stand in docs/configuration.md.",
           "# Made by tools/gen_config.py from src/server/config.def.", ""]
    for option in options:
        if not option["hidden"]:
            out += [f"# {option['doc'].replace('`', '')}", f"#{option['flag']} = {option['fallback']}".rstrip(), ""]
    return "\n".join(out)


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def manual(options, commands):
    out = ['.\\" Made by tools/gen_config.py from src/server/config.def and src/server/cli.def; change those.',
           ".TH CONFAB 1", ".SH NAME", "confab \\- a messenger that people own", ".SH SYNOPSIS"]
    for command in commands:
        out += [f".B confab {command['name']}", roff(command["usage"]), ".br"]
    out += [".SH DESCRIPTION",
            "One program that serves the web client, the API and the live connections of a messenger, and keeps its data in one folder.",
            ".SH COMMANDS"]
    for command in commands:
        out += [".TP", f".B {command['name']} \\fR{roff(command['usage'])}", roff(command["summary"][0].upper() + command["summary"][1:]) + "."]
        if command["help"]:
            out += [".RS", ".nf", roff(command["help"].rstrip("\n")), ".fi", ".RE"]
        if command["options"]:
            flags = " ".join(f"`--{name.replace('_', '-')}`" for name in command["options"])
            out += [".RS", roff("Takes all options." if flags == "`--*`" else f"Options: `--config` {flags}."), ".RE"]
    out += [".SH OPTIONS",
            roff("Each option also comes from the environment (--log-level: CONFAB_LOG_LEVEL) and from the file that --config or "
                 "CONFAB_CONFIG names. Flags come before the environment, the environment before the file.")]
    for option in options:
        if option["hidden"]:
            continue
        form = FORMS[option["form"]][0]
        limits = f" [{option['limits']}]" if option["limits"] else ""
        fallback = f" Default: {option['fallback']}." if option["fallback"] else ""
        out += [".TP", f".B \\-\\-{roff(option['flag'])}" + (f" \\fI{form}\\fR" if form else "[=yes|no]"),
                roff(option["doc"] + fallback + limits)]
    out += [".SH SIGNALS", ".TP", ".B SIGTERM, SIGINT", "End in order: connections are told, what was accepted is committed.", ".TP",
            ".B SIGHUP", "Read the TLS certificate again.", ".SH EXIT STATUS", "0 when done, 1 when it failed, 2 when it was called wrongly.",
            ".SH FILES", ".TP", ".I data/confab.db", "The database (SQLite). Copy it with", ".B confab backup\\fR, not by hand.", ""]
    return "\n".join(out)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    options, commands = load()
    outputs = {"docs/configuration.md": page(options), "packaging/confab.1": manual(options, commands),
               "packaging/confab.conf": sample(options)}
    stale = 0
    for name, text in outputs.items():
        path = ROOT / name
        if path.exists() and path.read_text() == text:
            continue
        if check:
            print(f"{name} is stale: run tools/gen_config.py")
            stale += 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    sys.exit(1 if stale else 0)


main()
