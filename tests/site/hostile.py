"""300 texts that a page which shows them carelessly would run, made by rules, and a project that holds them wherever a
project can hold a text."""

import itertools, json

CALL = "taken()"
# Ways to write one piece: with case, space, and what parsers skip.
TAGS = ["img src=x onerror={c}", "svg onload={c}", "svg/onload={c}", "body onload={c}", "details open ontoggle={c}", "input autofocus onfocus={c}",
        "video src=x onerror={c}", "audio src=x onerror={c}", "marquee onstart={c}", "select autofocus onfocus={c}", "a href=javascript:{c}",
        "iframe src=javascript:{c}", "iframe srcdoc='&lt;script>parent.{c}&lt;/script>'", "object data=javascript:{c}", "embed src=javascript:{c}",
        "form action=javascript:{c}><button", "base href=https://evil.example/", "meta http-equiv=refresh content=0;url=https://evil.example/",
        "link rel=stylesheet href=https://evil.example/a.css", "img src=https://evil.example/p.png", "math href=javascript:{c}",
        "svg><animate onbegin={c} attributeName=x dur=1s", "svg><use href=data:image/svg+xml,<svg/onload={c}>", "svg><script>{c}</script",
        "div style=background:url(https://evil.example/b)", "style>@import 'https://evil.example/c';</style", "p onmouseover={c} style=position:fixed;inset:0",
        "isindex type=image src=1 onerror={c}", "picture><source srcset=https://evil.example/q", "dialog open onfocus={c}"]  # fmt: skip
FORMS = ["<{t}>", "<{T}>", "\"><{t}>", "'><{t}>", "</script><{t}>", "--><{t}>", "]]><{t}>", "</textarea></title><{t}>"]
SCHEMES = ["javascript:{c}", "JaVaScRiPt:{c}", " javascript:{c}", "java\tscript:{c}", "java\nscript:{c}", "javascript&colon;{c}", "javascript&#58;{c}",
           "&#x6A;avascript:{c}", "\x01javascript:{c}", "vbscript:{c}", "data:text/html,<script>{c}</script>",
           "data:text/html;base64,PHNjcmlwdD50YWtlbigpPC9zY3JpcHQ+"]  # fmt: skip
LINKS = ["[a]({s})", "[a](<{s}>)", "![a]({s})", "<{s}>", "[a][r]\n\n[r]: {s}"]
REST = [
    "</script><script>{c}</script>", "<!--<script>", "<!-- </script><script>{c}</script> -->", "<!--DATA-->", "<!--TITLE-->", "%SCRIPT%", "$&", "$`", "\\u003cscript>{c}</script>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={c}&gt;\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror={c}>\">", "<noscript><p title=\"</noscript><img src=x onerror={c}>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror={c}>", "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>{c}</x:script>",
    "{{{{ 1 }}}}", "${{{c}}}", "`${{{c}}}`", "\u2028{c}\u2029", "\u202e<gpj.exe>\u202c", "\u0000{c}".replace("\u0000", "\ufffd"), "a" * 5000, "A\u0301" * 200, "<" * 3000, "[" * 3000, "*" * 3000,
    "> " * 500 + "x", "- " * 300, "`" * 1000, "|" * 1000 + "\n" + "|-" * 500, "&lt;script&gt;{c}&lt;/script&gt;", "&#60;script&#62;{c}&#60;/script&#62;", "%3Cscript%3E{c}%3C/script%3E",
    "__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "length", "\\", "\\\"", "'", "\"", "\ufeff{c}", "\U0001f4a9", "\ud7ff\ue000",
]  # fmt: skip


def strings():
    """All of them, each once, always the same."""
    made = list(dict.fromkeys(s.replace("{c}", CALL) if "{{" not in s and "${" not in s else s.format(c=CALL) for s in REST))
    tags = [f.format(t=t.format(c=CALL), T=t.format(c=CALL).upper().replace("TAKEN", "taken")) for f, t in itertools.product(FORMS, TAGS)]
    links = [x.format(s=s.format(c=CALL)) for x, s in itertools.product(LINKS, SCHEMES)]
    made += links + tags
    return list(dict.fromkeys(made))[:300]


def project(base):
    """Files of a project that holds them as descriptions, names of columns, types, tags, meta, owners, addresses, comments, rows; `base`
    is what else it has."""
    every, models, exposures, units, files = strings(), [], [], [], dict(base)
    for at in range(0, len(every), 10):
        some = every[at : at + 10]
        name = f"m{at // 10:02}"
        columns = [{"name": s, "description": s, "data_type": s, "config": {"tags": [s], "meta": {s[:200]: s}}} for s in some]
        models.append({"name": name, "description": "\n\n".join(some), "config": {"tags": some, "meta": {s[:200]: [s] for s in some}}, "columns": columns})
        exposures.append({"name": f"e{at // 10:02}", "type": "dashboard", "label": some[0], "url": some[1], "description": some[2],
                          "owner": {"name": some[3], "email": some[4]}, "depends_on": [f"ref('{name}')"]})  # fmt: skip
        units.append({"name": f"u{at // 10:02}", "model": name, "description": some[5], "given": [], "expect": {"rows": [{s[:200]: s} for s in some]}})
        comments = "".join(f"-- {json.dumps(s, ensure_ascii=False)}\n/* {s.replace('*/', '')} */\n" for s in some)
        files[f"models/{name}.sql"] = "{% raw %}" + comments.replace("{%", "{ %") + "{% endraw %}select 1 as id"
    names = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"]
    for name in names:
        files[f"models/{name}.sql"] = "select 1 as id"
        models.append({"name": name, "columns": [{"name": n, "description": n} for n in names], "config": {"tags": names}})
    text = json.dumps({"models": models, "exposures": exposures, "unit_tests": units}, ensure_ascii=False)
    for c in "\u2028\u2029\ufeff\ufffd\ue000":  # to YAML these are ends of lines, or nothing at all
        text = text.replace(c, f"\\u{ord(c):04x}")
    files["models/hostile.yml"] = text.replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #")
    overview = "\n\n".join(every).replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #")
    files["models/overview.md"] = "{% docs __overview__ %}\n" + overview + "\n{% enddocs %}"
    files["dbt_project.yml"] = "name: shop\nversion: '1.0'\ndocs: {title: '</title><script>taken()</script>'}\n"
    return files
