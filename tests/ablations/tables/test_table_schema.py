"""The JSON Schema that editors use, held against the code that reads table files: the same keys, no false alarm."""

from __future__ import annotations

import copy
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from support.small_table import write_table

from ablations.tables.matrix import RESERVED
from ablations.tables.schema import ABLATIONS, load_table, table_files
from ablations.tables.schema_settings import CHECKPOINT_KEYS, SECTIONS
from ablations.tables.source import Source, read
from common.errors import TableError

SCHEMA = json.loads((ABLATIONS / "tables" / "table.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)

#: A table with something of everything that a table file may hold.
RICH = """\
id: small
title: A small table
paper: {key: nobody-2031, where: Table 1}
data: texture.yaml
columns:
  - {id: fid, label: FID, better: lower, metric: fid, stand_in: fd_effnetlite0, margin: 0.5, test: test}
  - {id: ssim, label: SSIM, better: higher, metric: ssim, incomparable: another window}
  - {id: params_G, label: G, parameters: generator, unit: M}
  - {id: size, label: MB, cost: bytes, of: generator, unit: MB}
  - {id: ms, label: ms, time: generator, unit: ms}
stages:
  shape: {fit: shape.yaml}
  texture: {fit: texture.yaml}
  test: {test: texture, config: texture.yaml, needs: {shape_checkpoint: shape}}
rows:
  - {id: full, label: full, paper: {fid: 23.07, params_G: 3.0506e6, size: 12.2 MB}}
  - id: plain
    label: w/o Attention
    paper: {fid: 27.32, params_G: /}
    factor: [texture.model.attention]
    set: {texture.model.attention: false, texture.model.adversarial: false}
    note: changes more than it says
    controlled: {set: {texture.model.attention: false}, label: alone, note: fair, parameters_differ: no attention}
  - {id: theirs, label: Theirs, paper: {fid: 41.2}, cited: from another paper}
  - id: direct
    label: w/o two-stage
    paper: {fid: 24.28, params_G: 3.0301e6}
    base: full
    baseline: true
    factor: [shape]
    set: {test.needs.shape_checkpoint: null, texture.config: finet_texture.yaml, texture.checkpoint.select: best}
    drop: [shape]
    misprints: {params_G: {printed: 3030100, computed: 3040100, note: a digit}}
    parameters_differ: one network less
matrix:
  - {texture.model.kl_weight: [2, 20], shape.model.kl_weight: [1, 2], base: full, parameters_differ: none does,
     exclude: [{texture.model.kl_weight: 2, shape.model.kl_weight: 1}], include: [{texture.model.kl_weight: 30}]}
claims:
  - {text: attention helps, expect: full.fid < plain.fid}
  - {text: it is as printed, expect: full.fid = paper +- 1.5}
figures:
  - {id: losses, where: Figure 1, title: Losses, kind: curves, stage: texture, losses: [L_D], rows: [full, plain]}
  - {id: faces, where: Figure 2, title: Faces, panel: diversity, lines: 2}
  - {id: both, where: Figure 3, title: Both, panel: [one, two], stage: shape, rows: [full]}
"""


#: Which calls of `Source.mapping` have been seen: file and line.
REACHED: set[tuple[str, int]] = set()


def complaints(data: Any) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(data)]


def rich() -> Any:
    return yaml.safe_load(RICH)


def accepted(path: Path, data: Any) -> bool:
    """Whether the code reads it as a table; JSON is YAML too, and quicker to write."""
    path.write_text(json.dumps(data), encoding="utf-8")
    try:
        load_table(path)
    except TableError:
        return False
    return True


def at(name: str) -> list[dict[str, Any]]:
    """The parts of the schema that a value of that dotted name must satisfy one of: "rows[3].label"."""
    nodes = [SCHEMA]
    for part in re.findall(r"\[\d+\]|(?:^|(?<=\.))[^.\[]+", name):
        nodes = [below for node in nodes for below in _below(node, part)]
    return nodes


def _below(node: dict[str, Any], part: str) -> Iterator[dict[str, Any]]:
    found = node.get("items") if part.startswith("[") else node.get("properties", {}).get(part)
    if found is None and not part.startswith("["):
        found = node.get("additionalProperties") or None
    if found is not None:
        yield from _alternatives(found)


def _alternatives(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        node = SCHEMA["definitions"][node["$ref"].rpartition("/")[2]]
    for choice in node.get("anyOf") or [node[key] for key in ("then", "else") if key in node] or [node]:
        yield from [choice] if choice is node else _alternatives(choice)


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The rich table's file, in a folder with what it names; and YAML read by the faster of the two equal loaders."""
    monkeypatch.setattr(yaml, "SafeLoader", yaml.CSafeLoader)
    return write_table(tmp_path, RICH)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, file: Path) -> dict[str, dict[str, Any]]:
    """What the code allows, requires and offers by dotted name, over all tables and the rich one."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    mapping, choice = Source.mapping, Source.choice

    def spied_mapping(self: Source, allowed: Iterable[str], required: Iterable[str] = ()) -> dict[str, Source]:
        allowed, caller = list(allowed), sys._getframe(1)
        REACHED.add((Path(caller.f_code.co_filename).name, caller.f_lineno))
        found[self.name] |= {"allowed": {*allowed}, "required": {*required}}
        return mapping(self, allowed, required)

    def spied_choice(self: Source, options: Iterable[str]) -> str:
        options = list(options)
        found[self.name].setdefault("options", set()).update(options)
        return choice(self, options)

    monkeypatch.setattr(Source, "mapping", spied_mapping)
    monkeypatch.setattr(Source, "choice", spied_choice)
    load_table(file)
    for path in table_files().values():
        load_table(path)
    return found


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", table_files().values(), ids=table_files())
def test_every_table_is_valid(path: Path) -> None:
    assert complaints(read(path).value()) == []


def test_the_rich_table_is_one_for_the_code_and_for_the_schema(file: Path) -> None:
    assert accepted(file, rich())
    assert complaints(rich()) == []


def test_it_has_the_keys_that_the_code_has(calls: dict[str, dict[str, Any]]) -> None:
    for name, call in calls.items():
        if "allowed" not in call:
            continue
        nodes = [node for node in at(name) if node.get("type") == "object"]
        assert nodes, f"{name}: the code reads a mapping here, and table.schema.json has nothing of that name"
        node = min(nodes, key=lambda node: len(call["allowed"] ^ {*node.get("properties", ())}))  # of several kinds
        if "properties" not in node:
            continue  # the keys are names that the table itself gives
        extra = call["allowed"] ^ {*node["properties"]}
        assert not extra, f"{name}: only one of the code and table.schema.json knows {sorted(extra)}"
        assert {*node.get("required", ())} == call["required"], f"{name}: which keys are required?"
    sweep = SCHEMA["definitions"]["sweep"]
    assert {*sweep["properties"]} == {*RESERVED}


def test_the_rich_table_has_a_mapping_of_every_kind(calls: dict[str, dict[str, Any]]) -> None:
    written = {
        (path.name, number)
        for path in (ABLATIONS / "tables").glob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if ".mapping(" in line
    }
    assert written - REACHED == set(), "the code reads something that RICH has not; add it there and to the schema"
    assert len(written) > 8


def test_it_has_the_words_that_the_code_has(calls: dict[str, dict[str, Any]]) -> None:
    options: dict[str, set[str]] = defaultdict(set)
    words: dict[str, set[str]] = {}
    for name, call in calls.items():
        for node in at(name) if "options" in call else ():
            if "enum" in node:
                place = re.sub(r"\[\d+\]", "", name)
                options[place] |= call["options"]
                words[place] = {*node["enum"]}
    assert options == words
    assert {*words} == {"columns.better", "columns.cost", "columns.unit", "figures.kind"}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_can_be_set(section: str) -> None:
    for key in CHECKPOINT_KEYS if section == "checkpoint" else ("a", "a.b"):
        data = rich()
        data["rows"][1]["set"] = {f"texture.{section}.{key}": "word"}
        assert complaints(data) == []


def mutants(data: Any) -> Iterator[tuple[str, Any]]:
    """The table with one change: an entry left out, given twice, or another form of value in its place."""
    for path in _paths(data):
        if not path:
            continue
        where, key = path[:-1], path[-1]
        for what, value in {"text": "word", "number": 7, "true": True, "list": ["word"],
                            "mapping": {"word": 7}}.items():  # fmt: skip
            changed = copy.deepcopy(data)
            _get(changed, where)[key] = value
            yield f"{'.'.join(map(str, path))} = {what}", changed
        changed = copy.deepcopy(data)
        del _get(changed, where)[key]
        yield f"{'.'.join(map(str, path))} left out", changed
        if isinstance(key, int):
            changed = copy.deepcopy(data)
            _get(changed, where).append(copy.deepcopy(_get(data, path)))
            yield f"{'.'.join(map(str, path))} twice", changed


def _paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield from _paths(value, (*path, key))


def _get(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def test_it_refuses_nothing_that_the_code_reads(file: Path) -> None:
    refused = [(what, data) for what, data in mutants(rich()) if not VALIDATOR.is_valid(data)]
    assert len(refused) > 400
    assert [what for what, data in refused if accepted(file, data)] == []


MISTAKES: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "a key misspelt": (("columns", 0, "beter"), "lower"),
    "a word misspelt": (("columns", 0, "better"), "lover"),
    "a column of two kinds": (("columns", 0, "parameters"), "generator"),
    "a cost of nothing": (("columns", 3, "of"), ...),
    "a network without a cost": (("columns", 0, "of"), "generator"),
    "a count with a margin": (("columns", 2, "margin"), 1),
    "a count with a stand-in": (("columns", 2, "stand_in"), "fid"),
    "a count of a test": (("columns", 2, "test"), "test"),
    "an incomparable count": (("columns", 2, "incomparable"), "why"),
    "a margin of 0": (("columns", 0, "margin"), 0),
    "a margin of what is never compared": (("columns", 1, "margin"), 1),
    "a stage of two kinds": (("stages", "test", "fit"), "shape.yaml"),
    "a stage of no kind": (("stages", "shape"), {}),
    "a training with a configuration of tests": (("stages", "shape", "config"), "shape.yaml"),
    "a stage's name": (("stages", "a-b"), {"fit": "shape.yaml"}),
    "a row's name": (("rows", 0, "id"), "a b"),
    "a row without a label": (("rows", 0, "label"), ...),
    "an empty label": (("rows", 0, "label"), " "),
    "a section misspelt": (("rows", 1, "set"), {"texture.modle.attention": False}),
    "a setting of nothing": (("rows", 1, "set"), {"texture": False}),
    "a setting of the checkpoints": (("rows", 1, "set"), {"texture.checkpoint.every": 3}),
    "controlled without a factor": (("rows", 1, "factor"), ...),
    "a factor twice": (("rows", 1, "factor"), ["texture.model.attention", "texture.model.attention"]),
    "a baseline of words": (("rows", 3, "baseline"), "yes"),
    "a misprint without a note": (("rows", 3, "misprints", "params_G", "note"), ...),
    "a cited row that is run": (("rows", 2, "set"), {}),
    "cited of nobody": (("rows", 2, "cited"), " "),
    "cited without a value": (("rows", 2, "paper"), {}),
    "an axis without a stage": (("matrix", 0, "kl_weight"), [1, 2]),
    "an axis without values": (("matrix", 0, "texture.model.kl_weight"), []),
    "an axis with a value twice": (("matrix", 0, "texture.model.kl_weight"), [1, 1]),
    "no matrix": (("matrix",), []),
    "a claim of three": (("claims", 0, "expect"), "full.fid < plain.fid < direct.fid"),
    "a claim with <=": (("claims", 0, "expect"), "full.fid <= plain.fid"),
    "a value without a margin": (("claims", 1, "expect"), "full.fid = 3"),
    "curves without losses": (("figures", 0, "losses"), ...),
    "curves without a stage": (("figures", 0, "stage"), ...),
    "curves without rows": (("figures", 0, "rows"), ...),
    "curves with lines": (("figures", 0, "lines"), 2),
    "curves and a panel": (("figures", 0, "panel"), "diversity"),
    "a panel with losses": (("figures", 1, "losses"), ["L_D"]),
    "a figure of nothing": (("figures", 1, "panel"), ...),
    "no line": (("figures", 1, "lines"), 0),
}  # fmt: skip


@pytest.mark.parametrize(("place", "value"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_that_an_editor_shows(place: tuple[str | int, ...], value: Any, file: Path) -> None:
    data = rich()
    holder, key = _get(data, place[:-1]), place[-1]
    if value is ...:
        del holder[key]
    else:
        holder[key] = value
    assert not accepted(file, data)
    assert complaints(data)
