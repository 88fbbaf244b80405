"""usage: PYTHON read_artifacts.py FOLDER...: reads each artifact with dbt-artifacts-parser (semantic_manifest.json
with metricflow's interfaces,
which validate it too, where dbt 1.12 is installed, else with dbt-semantic-interfaces).

Prints 'file: what is wrong' for each that cannot be read and 'N of N' last. Run by a python that has dbt-core.
"""

import json, pathlib, sys
from dbt_artifacts_parser import parser

try:
    from metricflow_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
    from metricflow_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator
except ImportError:
    from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
    from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator


def read_semantic_manifest(value):
    """Without both metrics and semantic models dbt validates nothing."""
    manifest = PydanticSemanticManifest.parse_obj(value)
    if manifest.metrics and manifest.semantic_models:
        SemanticManifestValidator().checked_validations(manifest)


def read_manifest(value):
    """A field of dbt 1.12 that the library (0.15) does not know yet, so that it reads no manifest of dbt's own, is
    no mistake."""
    try:
        parser.parse_manifest(value)
    except ValueError as e:
        wrong = (
            [x for x in e.errors() if not (x["type"] == "extra_forbidden" and x["loc"][-1] == "datatype")]
            if hasattr(e, "errors")
            else [e]
        )
        if wrong:
            raise


READERS = {
    "manifest.json": read_manifest,
    "run_results.json": parser.parse_run_results,
    "catalog.json": parser.parse_catalog,
    "sources.json": parser.parse_sources,
    "semantic_manifest.json": read_semantic_manifest,
}
good = total = 0
for folder in sys.argv[1:]:
    for name, read in READERS.items():
        path = pathlib.Path(folder, name)
        if not path.exists():
            continue
        total += 1
        try:
            read(json.loads(path.read_text()))
            good += 1
        except Exception as e:
            print(f"{path}: {str(e)[:2000]}")
print(f"{good} of {total}")
