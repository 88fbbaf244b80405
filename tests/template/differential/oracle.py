"""What Python's jinja2 makes of a template, set up the way dbt sets it up.

In: {"template": text, "vars": dict, "macros": [texts]}. Out: {"ok": text} or
{"error": message, "class": "syntax" | "undefined" | "runtime"}.
As a program it reads such lines and writes such lines.
"""

import datetime
import decimal
import itertools
import json
import re
import sys
import warnings

import jinja2
import jinja2.parser
import jinja2.sandbox

warnings.simplefilter("ignore")  # of Python compiling odd templates

try:
    import pytz
except ImportError:  # only the cases about time zones need it
    pytz = None

# markupsafe before 3.0 forgot to wrap these two.
from markupsafe import Markup  # noqa: E402

for _name in ("removeprefix", "removesuffix"):
    if _name not in vars(Markup):
        setattr(Markup, _name, lambda self, part, _name=_name: Markup(getattr(str, _name)(self, part)))

PREFIX = "dbt_macro__"


class Return(Exception):
    def __init__(self, value):
        super().__init__()
        self.value = value


class Parser(jinja2.parser.Parser):
    """Macros get another name inside their file, so that they are only seen through the context."""

    def parse_macro(self):
        node = super().parse_macro()
        node.name = PREFIX + node.name
        return node


class Environment(jinja2.sandbox.SandboxedEnvironment):
    def _parse(self, source, name, filename):
        return Parser(self, source, name, filename).parse()


def environment():
    env = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    for name in ("as_text", "as_bool", "as_native", "as_number"):
        env.filters[name] = lambda x: x
    env.filters["is_list"] = lambda x: isinstance(x, list)
    return env


ENV = environment()
COMPILED = {}


def compiled(text):
    """Macro files are the same for many templates."""
    if text not in COMPILED:
        COMPILED[text] = ENV.from_string(text)
    return COMPILED[text]


class Macro:
    """A macro as dbt calls it: its file is run anew for each call, against the same context."""

    def __init__(self, template, name, context):
        self.template, self.name, self.context = template, name, context

    def __call__(self, *args, **kwargs):
        module = self.template.make_module(vars=self.context, shared=False)
        try:
            return getattr(module, PREFIX + self.name)(*args, **kwargs)
        except Return as result:
            return result.value


def make_return(value=None):
    raise Return(value)


def module_names(module, names=None):
    return {n: getattr(module, n) for n in names or module.__all__}


def modules():
    iters = (
        "count cycle repeat accumulate chain compress islice starmap tee zip_longest product "
        "permutations combinations combinations_with_replacement"
    ).split()
    found = {
        "datetime": module_names(datetime, ["date", "datetime", "time", "timedelta", "tzinfo"]),
        "re": module_names(re),
        "itertools": module_names(itertools, iters),
    }
    if pytz:
        found["pytz"] = module_names(pytz)
    return found


MODULES = modules()


def render(job):
    try:
        context = {"return": make_return, "modules": MODULES, "decimal": decimal.Decimal}
        context.update(job.get("vars") or {})
        for text in job.get("macros") or []:
            template = compiled(text)
            for name in re.findall(r"{%-?\s*macro\s+(\w+)", text):
                context[name] = Macro(template, name, context)
        template = ENV.from_string(job["template"])
    except jinja2.TemplateSyntaxError as error:
        return {"error": str(error), "class": "syntax"}
    except RecursionError:
        return {"error": "nested too deeply", "class": "syntax"}
    except Exception as error:
        return {"error": "%s: %s" % (type(error).__name__, error), "class": "syntax"}
    try:
        text = template.render(context)
        text.encode("utf-8")
        return {"ok": text}
    except jinja2.UndefinedError as error:
        return {"error": str(error), "class": "undefined"}
    except Return:
        return {"error": "return outside of a macro", "class": "runtime"}
    except Exception as error:
        return {"error": "%s: %s" % (type(error).__name__, error), "class": "runtime"}


def main():
    for line in sys.stdin:
        try:
            answer = json.dumps(render(json.loads(line)))
        except MemoryError:
            answer = json.dumps({"error": "MemoryError", "class": "runtime"})
        print(answer, flush=True)


if __name__ == "__main__":
    main()
