"""GitHub's expressions, `${{ .. }}`, as far as recipes use them.

In: text and the contexts (dicts by name). Out: the value, or the text with the values in it. What a recipe takes
from `vars`, `secrets`, `inputs`, `env`, `steps` or `needs` must be there: GitHub would put nothing in its place,
and the step would fail later or do the wrong thing.
"""

import re
from machine import Failure

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<name>[A-Za-z_][\w-]*)|(?P<op>&&|\|\||==|!=|[!().,\[\]]))"
)
STRICT = ("vars", "secrets", "inputs", "env", "steps", "needs", "job", "runner")
STATUS = re.compile(r"\b(always|failure|success|cancelled)\s*\(")


class Reader:
    def __init__(self, text, contexts, functions):
        self.text, self.contexts, self.functions, self.tokens = text, contexts, functions, []
        at = 0
        while at < len(text.rstrip()):
            m = TOKEN.match(text, at)
            if not m:
                raise Failure(f"not understood in the expression `{text}`: {text[at:]}")
            self.tokens.append((m.lastgroup, m[m.lastgroup]))
            at = m.end()

    def take(self, *ops):
        if self.tokens and self.tokens[0][0] == "op" and self.tokens[0][1] in ops:
            return self.tokens.pop(0)[1]

    def need(self, op):
        if not self.take(op):
            raise Failure(f"`{op}` is missing in the expression `{self.text}`")

    def either(self):
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value or other
        return value

    def both(self):
        value = self.same()
        while self.take("&&"):
            other = self.same()
            value = value and other
        return value

    def same(self):
        value = self.one()
        while op := self.take("==", "!="):
            value = (text_of(value).lower() == text_of(self.one()).lower()) == (op == "==")
        return value

    def one(self):
        if self.take("!"):
            return not self.one()
        if self.take("("):
            value = self.either()
            self.need(")")
            return value
        if not self.tokens:
            raise Failure(f"the expression `{self.text}` ends too early")
        kind, word = self.tokens.pop(0)
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "number":
            return int(word)
        if kind != "name":
            raise Failure(f"`{word}` is in the wrong place in the expression `{self.text}`")
        if word in ("true", "false"):
            return word == "true"
        if self.take("("):
            given = []
            while not self.take(")"):
                given.append(self.either())
                self.take(",")
            if word not in self.functions:
                raise Failure(f"no function {word}() in the expression `{self.text}`")
            return self.functions[word](*given)
        return self.member(word)

    def member(self, name):
        if name not in self.contexts:
            raise Failure(f"no context `{name}` in the expression `{self.text}`")
        value, path = self.contexts[name], name
        while op := self.take(".", "["):
            key = self.tokens.pop(0)[1] if op == "." else self.either()
            if op == "[":
                self.need("]")
            path += f".{key}"
            # A step that was not run has no outputs, which is no mistake.
            first = path.count(".") == 1
            if name in STRICT and (first or name == "job") and str(key) not in (value or {}):
                raise Failure(f"`{path}` is not set")
            value = value.get(str(key)) if isinstance(value, dict) else None
        return value


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def evaluate(text, contexts, functions):
    reader = Reader(text, contexts, functions)
    value = reader.either()
    if reader.tokens:
        raise Failure(f"`{reader.tokens[0][1]}` is left over in the expression `{text}`")
    return value


def fill(text, contexts, functions):
    """The text with the values of its expressions."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda m: text_of(evaluate(m[1], contexts, functions)), str(text), flags=re.S)


def holds(condition, contexts, functions):
    """Whether a step or job with this `if` runs; without a word about the status: when nothing failed."""
    text = text_of(condition).strip()
    if m := re.fullmatch(r"\$\{\{(.*)\}\}", text, re.S):
        text = m[1]
    good = functions["success"]() if not STATUS.search(text) else True
    return good and (not text or bool(evaluate(text, contexts, functions)))
