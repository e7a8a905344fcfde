"""What every table must have. Each rule says in words what is missing; an empty list is all well."""

from __future__ import annotations

import re
from pathlib import Path

from support.house import House

from ablations.lint import lint
from ablations.planning.data import DataChoice, TableData
from ablations.planning.expand import expand
from ablations.resolving.code import DEVIATIONS, used_modules
from ablations.resolving.configs import base_config, stage_bases
from ablations.resolving.data_roots import declared_data_sets, root_arguments
from ablations.resolving.deviations import class_paths, deviations
from ablations.resolving.scales import load_scale, scale_names
from ablations.tables.table import Table
from common.errors import TableError
from datamodules.catalogue import by_name

_NOWHERE = DataChoice(Path("data/nowhere"), "no data", True, "no fingerprint")


def runs(house: House, table: Table) -> list[str]:
    """At every scale each row has runs, and what they test has a test step."""
    found: dict[str, None] = {}
    data = TableData({path.rpartition(".")[2]: _NOWHERE for path in _data_classes(table)})
    for name in scale_names():
        try:
            rows = expand(table, load_scale(name), data, 1, Path("runs"))
        except TableError as error:
            found[f"{name} scale: {error}"] = None
            continue
        for row in rows:
            if not row.tests(0):
                found[f"{row.row.id}: nothing is tested"] = None
            for run in row.tests(0):
                model = run.config["model"]["class_path"].rpartition(".")[2]
                if house.method(house.modules[model], "test_step") is None:
                    found[f"{row.row.id}: {model} has no test_step"] = None
    return list(found)


def _data_classes(table: Table) -> list[str]:
    return list(dict.fromkeys(config["data"]["class_path"] for config, _ in stage_bases(table)))


def data(table: Table) -> list[str]:
    """Every data set that it reads is known: where it lies under DATA, and what is drawn without."""
    found = []
    for path in _data_classes(table):
        declared = declared_data_sets(path)
        found += [f"{path} declares no data set for {name}" for name in root_arguments(path) if name not in declared]
        found += [f"{path}: no layout declares {name}" for name in declared.values() if name not in by_name()]
    return found


def fair(table: Table) -> list[str]:
    """The checklist passes."""
    from ablations.resolving.parameters import paper_counts

    return [text for check in lint(table, paper_counts(table)) if check.status == "fail" for text in check.findings]


def claims(table: Table) -> list[str]:
    """A table that prints measured values claims something, and says how near to them is equal, or that none can be."""
    printed = [c for c in table.columns if c.metric and any(c.id in row.paper for row in table.rows)]
    found = ["prints measured values and claims nothing"] if printed and not table.claims else []
    return found + [
        f"column {column.id} prints values and has no margin"
        for column in printed
        if column.margin is None and not column.incomparable
    ]


def figures(table: Table) -> list[str]:
    """The losses of its figures are losses of the models that are drawn."""
    found = []
    for figure in table.figures:
        for row in (table.row(name) for name in figure.rows if figure.kind == "curves"):
            config = base_config(table, row, table.stage(figure.stage))
            paths = used_modules([config["model"]["class_path"]]).values()
            source = "\n".join(path.read_text(encoding="utf-8") for path in paths)
            found += [f"{figure.id}: {row.id} has no loss {n!r}" for n in figure.losses if f'"{n}"' not in source]
    return found


def declared(table: Table) -> list[str]:
    """What departs from the paper is declared beside the code."""
    try:
        deviations(table)
    except TableError as error:
        return [str(error)]
    paths = used_modules(class_paths(table)).values()
    told = any(f"\n{DEVIATIONS} = " in path.read_text(encoding="utf-8") for path in paths)
    return [] if told else [f"no module that it uses has {DEVIATIONS}, not even an empty one"]


def documented(house: House, table: str) -> list[str]:
    """A page says how to run it."""
    pages = [text for name, text in house.pages().items() if not name.startswith("add-a-")]
    told = any(re.search(rf"TABLE={re.escape(table)}(?![\w-])", text) for text in pages)
    return [] if told else [f"no page of docs/ has `make ablate TABLE={table}`"]
