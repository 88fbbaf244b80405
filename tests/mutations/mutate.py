"""Mistakes made at random in a project, one at a time: each is what a person does wrong.

one(random, folder, types) -> what was done, the file, its new text
"""

import re

import yaml

WORD = r"[a-z_][a-z0-9_]*"
SQL = ("*.sql",)
YAML = ("*.yml", "*.yaml")
KEPT = "empty_the_seeds.sql"  # a file of the project in which no mistake is made


def pick(random, text, pattern):
    """A place of the text that the pattern matches."""
    found = list(re.finditer(pattern, text))
    return random.choice(found) if found else None


def replaced(text, match, new, group=0):
    return text[: match.start(group)] + new + text[match.end(group) :]


def misspelt(random, name):
    at = random.randrange(len(name))
    return random.choice([name + "_x", name[:at] + "q" + name[at + 1 :], name[: max(at, 1)], name + name[-1]])


def renamed_column(random, text):
    m = pick(random, text, rf"\bas ({WORD})\b(?!\s*\()")
    return m and replaced(text, m, misspelt(random, m[1]), 1)


def wrong_reference(random, text):
    m = pick(random, text, rf"\b{WORD}\.({WORD})\b(?!\()")
    return m and replaced(text, m, misspelt(random, m[1]), 1)


def lost_join_key(random, text):
    m = pick(random, text, rf"\son {WORD}\.{WORD} = {WORD}\.{WORD}")
    return m and replaced(text, m, random.choice(["", " on true", " on " + m[0].split(" = ")[1]]))


def other_type(random, text):
    m = pick(random, text, r"'(integer|text|date|money)'")
    return m and replaced(text, m, random.choice(["integer", "text", "date", "money"]), 1)


def lost_column(random, text):
    m = pick(random, text, r"\n  [^\n]+ as \w+(,)?(?=\n)")
    return m and replaced(text, m, "")


def other_parent(random, text):
    names = re.findall(r"ref\('(\w+)'\)", text)
    m = pick(random, text, r"ref\('(\w+)'\)")
    return m and replaced(text, m, random.choice(sorted(set(names + ["artists", "dim_date", "genres"]))), 1)


def lost_group(random, text):
    m = pick(random, text, r"\n *group by [^\n]+")
    if not m:
        return None
    columns = m[0].split(" by ")[1].split(", ")
    columns.pop(random.randrange(len(columns)))
    return replaced(text, m, "\ngroup by " + ", ".join(columns) if columns else "")


def wrong_function(random, text):
    m = pick(random, text, r"\b(sum|lower|coalesce|count|row_number|nullif|max|min|cast|concat)\(")
    return m and replaced(text, m, misspelt(random, m[1]), 1)


def lost_comma(random, text):
    m = pick(random, text, r",(?=\n)")
    return m and replaced(text, m, "")


def wrong_key(random, text):
    m = pick(random, text, r"unique_key='(\w+)'")
    return m and replaced(text, m, misspelt(random, m[1]), 1)


def listed_column(random, text):
    m = pick(random, text, rf"\n {{6,}}- name: ({WORD})")
    return m and replaced(text, m, misspelt(random, m[1]), 1)


def wrong_field(random, text):
    m = pick(random, text, rf"\bfield: ({WORD})")
    return m and replaced(text, m, misspelt(random, m[1]), 1)


def other_relation(random, text):
    m = pick(random, text, r"to: ref\('(\w+)'\)")
    return m and replaced(text, m, random.choice(["artists", "dim_date", "genres", "nowhere"]), 1)


def seed_header(random, text):
    names = text.split("\n", 1)[0].split(",")
    at = random.randrange(len(names))
    names[at] = misspelt(random, names[at])
    return ",".join(names) + "\n" + text.split("\n", 1)[1]


KINDS = [  # files that it is made in, how
    (SQL, renamed_column),
    (SQL, wrong_reference),
    (SQL, lost_join_key),
    (SQL, other_type),
    (SQL, lost_column),
    (SQL, other_parent),
    (SQL, lost_group),
    (SQL, wrong_function),
    (SQL, lost_comma),
    (SQL, wrong_key),
    (YAML, listed_column),
    (YAML, wrong_field),
    (YAML, other_relation),
    (("*.csv",), seed_header),
]


def broken_contract(random, columns):
    """The columns of a model, {name: type}, as a contract that is wrong in one of them."""
    columns, name = dict(columns), random.choice(sorted(columns))
    way = random.choice(["type", "gone", "more", "name"])
    if way == "type":
        columns[name] = random.choice(sorted({"Date", "String", "Int64", "text", "date", "bigint"} - {columns[name]}))
    elif way == "more":
        columns["more_of_it"] = "String"
    else:
        type_of = columns.pop(name)
        if way == "name":
            columns[misspelt(random, name)] = type_of
    return columns


def with_contract(text, model, columns):
    """The YAML with this contract of the model, or None: the model is not in it."""
    read = yaml.safe_load(text)
    entries = read.get("models") or []
    for entry in entries if isinstance(entries, list) else []:  # a project file has a map of that name
        if entry["name"] == model:
            entry["config"] = {**(entry.get("config") or {}), "contract": {"enforced": True}}
            entry["columns"] = [{"name": name, "data_type": kind} for name, kind in columns.items()]
            return yaml.safe_dump(read, sort_keys=False)
    return None


def one(random, folder, types):
    """(what was done, path, its new text) of one mistake. types: {model: {column: type}}, as the project is built."""
    while True:
        kinds, how = random.choice(KINDS + [(YAML, broken_contract)])
        files = sorted(f for k in kinds for f in folder.rglob(k) if "target" not in f.parts and f.name != KEPT)
        model = random.choice(sorted(types)) if how is broken_contract else ""
        path = random.choice(files)
        old = path.read_text()
        new = with_contract(old, model, how(random, types[model])) if model else how(random, old)
        if new and new != old:
            return f"{how.__name__} {model}".strip(), path.relative_to(folder), new
