#!/usr/bin/env python3
"""Make everything that follows from the tables of the protocol (src/event/protocol.toml), of the HTTP API
(src/api/routes.toml) and of the failures (src/domain/fail.def):

  --c DIR       protocol_gen.h, protocol_gen.c, openapi.json (by the build)
  --routes-c DIR  routes_gen.h (by the build)
  --web         web/src/protocol/generated.ts
  --docs        the generated parts of docs/protocol.md, docs/api.md, docs/errors.md
  --check       write nothing, fail where a committed output is stale
"""

import argparse
import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTE = "Made by tools/gen_protocol.py from src/event/protocol.toml and src/api/routes.toml; change those."
SCALARS = {"id", "str", "int", "bool", "ms", "json"}


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Type:
    """`Foo`, `[Foo]`, `{int}`, each perhaps with a `?` behind."""

    def __init__(self, text):
        self.optional = text.endswith("?")
        text = text.removesuffix("?")
        self.shape = {"[": "list", "{": "map"}.get(text[0], "one")
        self.base = text.strip("[]{}")


class Table:
    def __init__(self, protocol, routes, fail):
        data = tomllib.loads(Path(protocol).read_text())
        self.enums = data["enum"]
        self.objects = data["object"]
        self.frames = data["frame"]
        self.commands = data["command"]
        self.routes = tomllib.loads(Path(routes).read_text())["route"]
        pattern = r'^FAIL\((\w+), (\d+), "(\w+)", "([^"]*)"\)'
        self.fails = re.findall(pattern, Path(fail).read_text(), re.M)
        self.check()

    def check(self):
        known = SCALARS | set(self.enums) | set(self.objects)
        codes = {code for _, _, code, _ in self.fails}
        for where, thing in [*self.objects.items(), *self.frames.items(), *self.commands.items()]:
            for field in thing["fields"]:
                if Type(field["type"]).base not in known:
                    sys.exit(f"{where}.{field['name']}: unknown type {field['type']}")
        for route in self.routes:
            for field in route.get("in", []) + route.get("body", []):
                if Type(field["type"]).base not in known:
                    sys.exit(f"{route['op']}.{field['name']}: unknown type {field['type']}")
            for code in route.get("errors", []):
                if code not in codes:
                    sys.exit(f"{route['op']}: unknown error {code}")


# ---------------------------------------------------------------------------------------------------------------- C


def c_type(field):
    """`raw` fields are given to the encoder as JSON already made."""
    return Type("json" + "?" * Type(field["type"]).optional if field.get("raw") else field["type"])


def c_members(table, field):
    t, name = c_type(field), field["name"]
    one = {"id": "id64 ", "str": "struct str ", "int": "int64_t ", "ms": "int64_t ", "bool": "bool ", "json": "struct str "}
    if t.shape == "map":
        return [f"const struct p_id_int *{name};", f"size_t {name}_count;", *([f"bool has_{name};"] if t.optional else [])]
    if t.shape == "list":
        item = one.get(t.base, f"struct p_{snake(t.base)} ")
        flag = [f"bool has_{name};"] if t.optional else []
        return [f"const {item}*{name};", f"size_t {name}_count;", *flag]
    if t.base in table.objects:
        return [f"const struct p_{snake(t.base)} *{name};"]
    if t.base in table.enums:
        return [*([f"bool has_{name};"] if t.optional else []), f"enum {t.base} {name};"]
    if t.base == "int" and t.optional:
        return [f"bool has_{name};", f"int64_t {name};"]
    return [one[t.base] + name + ";"]


def c_struct(table, name, thing, prefix):
    doc = thing["doc"]
    lines = [f"/* {doc} */", f"struct {prefix}{snake(name)} {{"]
    for field in thing["fields"]:
        members = c_members(table, field)
        if field["doc"]:
            lines.append(f"    /* {field['doc']} */")
        lines += [f"    {m}" for m in members]
    if not thing["fields"]:
        lines.append("    char none;")
    return lines + ["};"]


def c_put_value(table, t, value):
    call = {"id": "json_id", "str": "json_str", "int": "json_int", "ms": "json_int", "bool": "json_bool", "json": "json_raw"}
    if t.base in table.objects:
        return f"p_{snake(t.base)}_put(j, {value});"
    if t.base in table.enums:
        return f"json_str(j, {snake(t.base)}_name({value}));"
    return f"{call[t.base]}(j, {value});"


def c_condition(table, t, name):
    if not t.optional:
        return None
    if t.shape != "one" or t.base in table.enums or t.base == "int":
        return f"v->has_{name}"
    return f"v->{name}.p" if t.base in ("str", "json") else f"v->{name}"


def c_put_field(table, field):
    t, name = c_type(field), field["name"]
    body = [f'json_key(j, STR("{name}"));']
    if t.shape == "list":
        item = f"v->{name}[i]" if t.base in SCALARS or t.base in table.enums else f"&v->{name}[i]"
        body += ["json_arr_open(j);", f"for (size_t i = 0; i < v->{name}_count; i++)", "    " + c_put_value(table, t, item), "json_arr_close(j);"]
    elif t.shape == "map":
        body += ["json_obj_open(j);", f"for (size_t i = 0; i < v->{name}_count; i++)", f"    put_pair(j, &v->{name}[i]);", "json_obj_close(j);"]
    else:
        body.append(c_put_value(table, t, f"v->{name}"))
    condition = c_condition(table, t, name)
    if condition:
        return [f"    if ({condition}) {{", *("        " + line for line in body), "    }"]
    return ["    " + line for line in body]


def c_put(table, name, thing, prefix, is_frame):
    head = f"void {prefix}{snake(name)}_put(struct json *j, const struct {prefix}{snake(name)} *v)"
    lines = [head + " {", "    json_obj_open(j);"]
    if is_frame:
        lines += ['    json_key(j, STR("type"));', f'    json_str(j, STR("{name}"));']
    for field in thing["fields"]:
        lines += c_put_field(table, field)
    if not thing["fields"]:
        lines.append("    (void)v;")
    return head, lines + ["    json_obj_close(j);", "}"]


def c_enum_functions(name, values):
    low = snake(name)
    names = ", ".join(f'"{v}"' for v in values)
    return f"""static const char *const {low}_names[] = {{{names}}};

struct str {low}_name(enum {name} v) {{
    return str_from({low}_names[v]);
}}

bool {low}_parse(struct str text, enum {name} *ret_value) {{
    for (size_t i = 0; i < sizeof {low}_names / sizeof *{low}_names; i++)
        if (str_eq(text, str_from({low}_names[i]))) {{
            *ret_value = (enum {name})i;
            return true;
        }}
    return false;
}}
"""


def make_header(table):
    out = [f"/* {NOTE}", " * Borrowed pointers throughout; an encoder copies. Absent: NULL pointer, str with NULL p, id or time 0, or !has_x. */"]
    out += ["#pragma once", "", '#include "base/json.h"', "", "struct p_id_int {", "    id64 id;", "    int64_t value;", "};", ""]
    for name, enum in table.enums.items():
        upper = snake(name).upper()
        out += [f"/* {enum['doc']} */", f"enum {name} {{"]
        out += [f"    {upper}_{value.upper()}, /* {doc} */" for value, doc in enum["values"].items()]
        out += ["};", f"#define {upper}_COUNT {len(enum['values'])}", f"struct str {snake(name)}_name(enum {name} v);"]
        out += [f"bool {snake(name)}_parse(struct str text, enum {name} *ret_value);", ""]
    for prefix, group in (("p_", table.objects), ("pf_", table.frames)):
        for name, thing in group.items():
            out += c_struct(table, name, thing, prefix)
            out += [c_put(table, name, thing, prefix, False)[0] + ";", ""]
    out += ["enum command_kind {"] + [f"    COMMAND_{name.upper()}," for name in table.commands] + ["    COMMAND_COUNT", "};"]
    out += ["struct str command_kind_name(enum command_kind v);", "bool command_kind_parse(struct str text, enum command_kind *ret_value);", ""]
    return "\n".join(out)


def make_source(table):
    out = [f"/* {NOTE} */", '#include "protocol_gen.h"', ""]
    out += [c_enum_functions(name, enum["values"]) for name, enum in table.enums.items()]
    commands = c_enum_functions("command_kind", list(table.commands))
    out.append(commands.replace("enum command_kind v", "enum command_kind v"))
    out.append("static void put_pair(struct json *j, const struct p_id_int *pair) {\n    char text[ID_TEXT];\n    id_put(pair->id, text);\n"
               "    json_key(j, str_make(text, ID_TEXT));\n    json_int(j, pair->value);\n}\n")
    for name, thing in table.objects.items():
        out += [*c_put(table, name, thing, "p_", False)[1], ""]
    for name, thing in table.frames.items():
        out += [*c_put(table, name, thing, "pf_", True)[1], ""]
    return "\n".join(out)


def make_routes(table):
    out = [f"/* {NOTE} */", "#pragma once", "", '#include "base/limits.h"', '#include "web/request.h"', ""]
    out += [f"void api_{r['op']}(struct request *r); /* {r['method']} {r['path']}: {r['doc']} */" for r in table.routes]
    out += ["", "/* ROUTE(method, pattern, handler, access, body_bytes) for each. */", "#define API_ROUTES(ROUTE) \\"]
    rows = [f'    ROUTE(METHOD_{r["method"]}, "/api/v1{r["path"]}", api_{r["op"]}, ACCESS_{r["access"].upper()}, {r.get("body_bytes", 0)})' for r in table.routes]
    out.append(" \\\n".join(rows))
    return "\n".join(out) + "\n"


# ---------------------------------------------------------------------------------------------------------- OpenAPI


BINARY = {"type": "string", "format": "binary"}


def schema_of(table, text):
    t = Type(text)
    if t.base in table.objects or t.base in table.enums:
        one = {"$ref": f"#/components/schemas/{t.base}"}
    else:
        one = {"id": {"type": "string", "pattern": "^[0-9a-hjkmnp-tv-z]{13}$"}, "str": {"type": "string"}, "bool": {"type": "boolean"},
               "int": {"type": "integer"}, "ms": {"type": "integer", "description": "milliseconds since 1970-01-01 UTC"}, "json": {}}[t.base]
    if t.shape == "list":
        return {"type": "array", "items": one}
    if t.shape == "map":
        return {"type": "object", "additionalProperties": one}
    return one


def schema_of_fields(table, thing):
    properties = {}
    for field in thing["fields"]:
        schema = dict(schema_of(table, field["type"]))
        if field["doc"] and "$ref" not in schema:
            schema["description"] = field["doc"]
        properties[field["name"]] = schema
    required = [f["name"] for f in thing["fields"] if not Type(f["type"]).optional]
    out = {"type": "object", "properties": properties}
    if required:
        out["required"] = required
    if "doc" in thing:
        out["description"] = thing["doc"]
    return out


def openapi_responses(table, route):
    ok = {"description": "Done."}
    if "type" in route["ok"]:
        schema = schema_of(table, route["ok"]["type"])
        if route["ok"]["type"].startswith("["):
            schema = {"type": "object", "required": ["items"], "properties": {"items": schema, "next": {"type": "string"}}}
        ok["content"] = {"application/json": {"schema": schema}}
    elif "media" in route["ok"]:
        ok["content"] = {route["ok"]["media"]: {"schema": BINARY}}
    out = {str(route["ok"]["status"]): ok}
    if route["op"] == "rooms_post":
        out["200"] = ok
    if "none" in route:
        out["204"] = {"description": route["none"]}
    general = ["bad_request", "not_found", "internal", "unavailable"]
    if route["access"] != "public":
        general.append("signed_out")
    if route["method"] != "GET":
        general.append("cross_site")
    errors = route.get("errors", [])
    if route.get("commands"):
        errors = {code for r in table.routes for code in r.get("errors", [])}
    if "body" in route or route.get("commands"):
        general += ["json_invalid", "field_missing", "field_invalid", "too_large", "media_type"]
    if "upload" in route:
        general += ["too_large"]
    by_status = {}
    for _, status, code, _ in table.fails:
        if code in general or code in errors:
            by_status.setdefault(status, []).append(code)
    for status, codes in sorted(by_status.items()):
        out[status] = {"description": "code: " + ", ".join(codes),
                       "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return out


def schema_of_commands(table):
    def one(name, thing):
        schema = schema_of_fields(table, thing)
        schema["properties"] = {"type": {"type": "string", "enum": [name]}, **schema["properties"]}
        schema["required"] = ["type", *schema.get("required", [])]
        return schema
    return {"oneOf": [one(name, thing) for name, thing in table.commands.items() if name != "hello"]}


def openapi_operation(table, route):
    out = {"operationId": route["op"], "summary": route["doc"].split(". ")[0].rstrip("."), "description": route["doc"], "responses": openapi_responses(table, route)}
    # A picture's name is none of the ids: it ends in its side.
    params = [{"name": p, "in": "path", "required": True, "schema": schema_of(table, "str" if p == "picture" else "id")}
              for p in re.findall(r"{(\w+)}", route["path"])]
    for field in route.get("in", []):
        params.append({"name": field["name"], "in": "query", "required": not Type(field["type"]).optional,
                       "schema": schema_of(table, field["type"]), "description": field["doc"]})
    if params:
        out["parameters"] = params
    if "body" in route:
        schema = schema_of_fields(table, {"fields": route["body"]})
        out["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if "upload" in route:
        out["requestBody"] = {"required": True, "content": {kind: {"schema": BINARY} for kind in route["upload"]}}
    if route.get("commands"):
        out["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema_of_commands(table)}}}
    out["security"] = [] if route["access"] == "public" else [{"cookie": []}, {"bearer": []}]
    return out


def make_openapi(table, version):
    paths = {}
    for route in table.routes:
        paths.setdefault(route["path"], {})[route["method"].lower()] = openapi_operation(table, route)
    schemas = {name: {"type": "string", "enum": list(e["values"]), "description": e["doc"]} for name, e in table.enums.items()}
    schemas |= {name: schema_of_fields(table, thing) for name, thing in table.objects.items()}
    security = {"cookie": {"type": "apiKey", "in": "cookie", "name": "confab_session"}, "bearer": {"type": "http", "scheme": "bearer"}}
    return json.dumps({"openapi": "3.1.0", "info": {"title": "Confab", "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
                       "servers": [{"url": "/api/v1"}], "paths": paths,
                       "components": {"schemas": schemas, "securitySchemes": security}}, indent=1, ensure_ascii=False)


# ------------------------------------------------------------------------------------------------------- TypeScript


def ts_type(table, text):
    t = Type(text)
    one = {"id": "string", "str": "string", "int": "number", "ms": "number", "bool": "boolean", "json": "unknown"}.get(t.base, t.base)
    return {"list": f"readonly {one}[]", "map": f"Readonly<Record<string, {one}>>", "one": one}[t.shape]


def ts_fields(table, fields, indent="  "):
    out = []
    for field in fields:
        if field["doc"]:
            out.append(f"{indent}/** {field['doc']} */")
        mark = "?" if Type(field["type"]).optional else ""
        out.append(f"{indent}readonly {field['name']}{mark}: {ts_type(table, field['type'])};")
    return out


def make_typescript(table):
    out = [f"// {NOTE}", ""]
    for name, enum in table.enums.items():
        out += [f"/** {enum['doc']} */", f"export type {name} = {' | '.join(json.dumps(v) for v in enum['values'])};", ""]
    for name, thing in table.objects.items():
        out += [f"/** {thing['doc']} */", f"export interface {name} {{", *ts_fields(table, thing["fields"]), "}", ""]
    for suffix, group in (("Frame", table.frames), ("Command", table.commands)):
        names = []
        for name, thing in group.items():
            title = "".join(p.capitalize() for p in name.split("_")) + suffix
            names.append(title)
            out += [f"/** {thing['doc']} */", f"export interface {title} {{", f'  readonly type: "{name}";']
            if suffix == "Command":
                out += ["  /** Chosen by the client; comes back in `reply` or `error`. */", "  readonly id?: string;"]
            out += [*ts_fields(table, thing["fields"]), "}", ""]
        union = "ServerFrame" if suffix == "Frame" else "ClientCommand"
        out += [f"export type {union} =", *(f"  | {n}" for n in names)]
        out[-1] += ";"
        out.append("")
    out += ["/** Every stable code of a failure; docs/errors.md. */", "export type FailCode ="]
    out += [f'  | "{code}"' for name, _, code, _ in table.fails if name != "NONE"]
    out[-1] += ";"
    return "\n".join(out) + "\n"


# ------------------------------------------------------------------------------------------------------------- docs


def md_fields(fields):
    out = ["| field | type | meaning |", "|---|---|---|"]
    return out + [f"| `{f['name']}` | `{f['type'].replace('|', '')}` | {f['doc']} |" for f in fields]


def make_protocol_reference(table):
    out = ["## Frames: server to client", ""]
    for name, thing in table.frames.items():
        out += [f"### `{name}`", "", f"{thing['doc']} To: {thing['audience']}. Order: {thing['order']}.", "", *(md_fields(thing["fields"]) if thing["fields"] else ["No fields."]), ""]
    out += ["## Commands: client to server", ""]
    for name, thing in table.commands.items():
        out += [f"### `{name}`", "", thing["doc"], "", *(md_fields(thing["fields"]) if thing["fields"] else ["No fields."]), ""]
    out += ["## Objects", ""]
    for name, thing in table.objects.items():
        out += [f"### `{name}`", "", thing["doc"], "", *md_fields(thing["fields"]), ""]
    out += ["## Values", ""]
    for name, enum in table.enums.items():
        out += [f"### `{name}`", "", enum["doc"], "", *(f"- `{v}`: {doc}" for v, doc in enum["values"].items()), ""]
    return "\n".join(out)


def make_api_page(table):
    out = ["# HTTP API", "", f"<!-- {NOTE} -->", "",
           "Below `/api/v1`, JSON both ways; the same as OpenAPI 3.1 stands at `/api/v1/openapi.json` of every server. Objects are described in",
           "[protocol.md](protocol.md), failures in [errors.md](errors.md). Sign in by cookie (browsers) or `Authorization: Bearer <token>` (programs);",
           "requests that change something and come from a page of another site are refused (`cross_site`). Lists answer `{\"items\": […], \"next\": cursor}`;",
           "give `next` back as `cursor`. Ids are opaque text.", "", "Live connections: `GET /api/v1/socket` (WebSocket), `GET /api/v1/events` (Server-Sent",
           "Events) and `GET /api/v1/poll` (long poll) carry the frames of [protocol.md](protocol.md).", ""]
    for r in table.routes:
        out += [f"## {r['method']} `{r['path']}`", "", r["doc"], ""]
        who = {"public": "anyone", "user": "who is signed in", "admin": "the server's owner and admins"}[r["access"]]
        answer = f"{r['ok']['status']}" + (f" with `{r['ok']['type']}`" if "type" in r["ok"] else "") + (f" with `{r['ok']['media']}`" if "media" in r["ok"] else "")
        if r["op"] == "rooms_post":
            answer += " (200 where it was there)"
        if "none" in r:
            answer += ", or 204: " + r["none"][0].lower() + r["none"].rstrip(".")[1:]
        out += [f"For {who}. Answers {answer}." + (f" Failures: {', '.join('`' + e + '`' for e in r['errors'])}." if r.get("errors") else ""), ""]
        if "upload" in r:
            out += ["Body: " + ", ".join(f"`{kind}`" for kind in r["upload"]) + ".", ""]
        for title, key in (("Query", "in"), ("Body", "body")):
            if key in r:
                out += [f"{title}:", "", *md_fields(r[key]), ""]
    return "\n".join(out).rstrip() + "\n"


def make_errors_page(table):
    out = ["# Failures", "", "<!-- Made by tools/gen_protocol.py from src/domain/fail.def and src/web/request.c; change those. -->", "",
           "Every refusal is `application/problem+json` (RFC 9457) with a stable `code`; over the socket it is a frame `error` with the same object.", "",
           "| code | status | title |", "|---|---|---|"]
    out += [f"| `{code}` | {status} | {title} |" for name, status, code, title in table.fails if name != "NONE"]
    out += ["", "Before a route is asked, a request may be refused for its form:", "", "| code | status | title |", "|---|---|---|"]
    known = {code for _, _, code, _ in table.fails}
    rows = re.findall(r'\{(\d{3}), "[^"]+", "(\w+)",\s*"([^"]+)"\}', (ROOT / "src/web/request.c").read_text())
    out += [f"| `{code}` | {status} | {title} |" for status, code, title in rows if code not in known]
    return "\n".join(out) + "\n"


MARK = "<!-- From here on made by tools/gen_protocol.py from src/event/protocol.toml; change that. -->"


def committed_outputs(table):
    page = ROOT / "docs/protocol.md"
    head = page.read_text().split(MARK)[0] if page.exists() else "# Protocol\n\n"
    return {
        ROOT / "web/src/protocol/generated.ts": make_typescript(table),
        page: head.rstrip() + "\n\n" + MARK + "\n\n" + make_protocol_reference(table).rstrip() + "\n",
        ROOT / "docs/api.md": make_api_page(table),
        ROOT / "docs/errors.md": make_errors_page(table),
    }


def write(path, text):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--protocol", default=ROOT / "src/event/protocol.toml")
    args.add_argument("--routes", default=ROOT / "src/api/routes.toml")
    args.add_argument("--fail", default=ROOT / "src/domain/fail.def")
    args.add_argument("--version", default="0")
    args.add_argument("--c")
    args.add_argument("--routes-c")
    args.add_argument("--web", action="store_true")
    args.add_argument("--docs", action="store_true")
    args.add_argument("--check", action="store_true")
    a = args.parse_args()
    table = Table(a.protocol, a.routes, a.fail)
    if a.c:
        write(Path(a.c) / "protocol_gen.h", make_header(table))
        write(Path(a.c) / "protocol_gen.c", make_source(table))
        write(Path(a.c) / "openapi.json", make_openapi(table, a.version) + "\n")
    if a.routes_c:
        write(Path(a.routes_c) / "routes_gen.h", make_routes(table))
    outputs = committed_outputs(table)
    stale = [p for p, text in outputs.items() if not p.exists() or p.read_text() != text]
    for path, text in outputs.items():
        if (a.web and path.suffix == ".ts") or (a.docs and path.suffix == ".md"):
            write(path, text)
    if a.check and stale:
        sys.exit("stale, run tools/gen_protocol.py --web --docs: " + ", ".join(str(p.relative_to(ROOT)) for p in stale))


if __name__ == "__main__":
    main()
