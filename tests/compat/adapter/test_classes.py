"""Each test class of dbt-tests-adapter once, as it comes: collected under the name of its module and its own."""

import importlib, inspect, pathlib

import dbt.tests.adapter as suite


def modules():
    for folder in suite.__path__:
        for path in sorted(pathlib.Path(folder).rglob("*.py")):
            if path.name != "__init__.py":
                yield ".".join(path.relative_to(folder).with_suffix("").parts)


for module_name in modules():
    try:
        module = importlib.import_module("dbt.tests.adapter." + module_name)
    except Exception:  # for another adapter's packages
        continue
    for name, cls in inspect.getmembers(module, inspect.isclass):
        if cls.__module__ == module.__name__ and any(m.startswith("test") for m in dir(cls)):
            full = "Test" + module_name.replace(".", "_") + "__" + name
            globals()[full] = type(full, (cls,), {"__module__": __name__})
