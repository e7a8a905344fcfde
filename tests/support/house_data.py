"""What every data set must have. Each rule says in words what is missing; an empty list is all well."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import math
import re
import shutil
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import yaml
from support.house import DATA, ROOT, House, imports

from datamodules.catalogue import by_name
from datamodules.synthetic.writing import MARKER

#: What the rest of the suite asks a layout for.
LAYOUT = ("fingerprint", "is_synthetic", "verify")
#: A line of the batch's table in a data module's docstring: key, then shape and type as `_SHAPE` reads them.
_LINE = re.compile(r"^\s*\| (\w+) \| (.+?) \|", re.MULTILINE)
_SHAPE = re.compile(r"\((.*?)\) (\w+)(?: in (.+?))?(?: \{(.+)\})?")


def layout(house: House, name: str) -> list[str]:
    """A reader of the official folder: what is in it, how it is checked, its fingerprint; without torch."""
    path = house.root / f"datamodules/layouts/{name}.py"
    if not path.is_file():
        return [f"there is no datamodules/layouts/{name}.py"]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    found = [f"has no {function}(root)" for function in LAYOUT if function not in defined]
    if not any(isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "DATA_SET" for n in tree.body):
        found.append("declares no DATA_SET")
    elif house.root == ROOT and (by_name().get(name) is None or by_name()[name].name != name):
        found.append("its DATA_SET is of another name")
    if "<root>/" not in (ast.get_docstring(tree) or ""):
        found.append("its docstring does not show the folder, line by line from <root>/")
    return found + [f"imports {name}" for name in sorted(imports(tree)) if name.partition(".")[0] == "torch"]


def draw(name: str, folder: Path, count: int, seed: int = 0) -> Path:
    """The stand-in of a data set."""
    return by_name()[name].draw(folder, count, seed)


def drawn(house: House, name: str, folder: Path) -> list[str]:
    """A stand-in in the official layout, complete, marked as drawn, and the same whenever it is drawn."""
    modules = (house.root / "datamodules/synthetic").glob(f"*/{name}.py")
    if not any(f"def synthesize_{name}(" in path.read_text(encoding="utf-8") for path in modules):
        return [f"there is no synthesize_{name} in datamodules/synthetic/*/{name}.py"]
    read = importlib.import_module(f"datamodules.layouts.{name}")
    first, second = (draw(name, folder / part, 4) for part in ("first", "second"))
    found = [] if read.is_synthetic(first) else ["what is drawn is not known as drawn (is_synthetic)"]
    found += read.verify(first).problems
    files = [{p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()} for root in (first, second)]
    return found if files[0] == files[1] else [*found, "the same seed draws other bytes"]


def offered(name: str, folder: Path) -> list[str]:
    """`cli.py data synthesize` draws it, and `cli.py data verify` passes it, until a file is missing."""
    root = folder / name
    if _cli("synthesize", name, "--out", str(root), "--count", "4") != 0:
        return [f"`python cli.py data synthesize {name}` does not draw it"]
    if _cli("verify", name, "--root", str(root)) != 0:
        return [f"`python cli.py data verify {name}` does not pass what was drawn"]
    broken = shutil.copytree(root, folder / "broken")
    files = (path for path in broken.rglob("*") if path.is_file() and path.name != MARKER)
    max(files, key=lambda path: path.stat().st_size).unlink()
    if _cli("verify", name, "--root", str(broken)) == 0:
        return [f"`python cli.py data verify {name}` passes a folder whose largest file is gone"]
    return []


def _cli(*arguments: str) -> int:
    import cli

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return cli.main(["data", *arguments])
        except SystemExit as ended:
            return int(ended.code or 0)


def module(house: House, name: str) -> list[str]:
    """A ResumableData with a fingerprint of its files, if it reads any, exported by the package.

    One that nothing is trained on need not resume.
    """
    source = house.data_module(name)
    if source is None:
        return [f"there is no data module in datamodules/{name}.py"]
    trains = house.method(source, "train_dataloader") is not None
    resumes = not trains or DATA in [c.name for c in house.lineage(source)]
    found = [] if resumes else [f"is no {DATA}: it does not resume"]
    wanted = ("fingerprint", "setup", "test_dataloader") if house.reads_files(name) else ("test_dataloader",)
    found += [f"has no {method}" for method in wanted if house.method(source, method) is None]
    if house.reads_files(name) and not house.declares(source, "data_sets"):
        found.append("does not declare its data_sets")
    return found if _documented_batch(source.docstring) else [*found, "its docstring has no table of the batch"]


def _documented_batch(docstring: str) -> dict[str, str]:
    return {key: text for key, text in _LINE.findall(docstring) if key != "key"}


def load(house: House, name: str, root: Path, cache: Path) -> Any:
    """The data module on a folder, as small as the ci scale has it."""
    source = house.data_module(name)
    assert source is not None
    class_ = getattr(importlib.import_module(f"datamodules.{name}"), source.name)
    settings = {"batch_size": 2, **_settings(house, source.name), "root": str(root), "cache_dir": str(cache)}
    known = inspect.signature(class_).parameters
    data = class_(**{key: value for key, value in settings.items() if key in known})
    data.prepare_data()
    data.setup("fit")
    return data


def _settings(house: House, class_name: str) -> dict[str, Any]:
    """What the ci scale sets in the data of a family that uses the class."""
    for family in house.families():
        paths = (house.root / "ablations" / family).glob("*.yaml")
        for path in (path for path in paths if not path.stem.startswith("table_")):
            data = yaml.safe_load(path.read_text(encoding="utf-8")).get("data", {})
            if data.get("class_path", "").rpartition(".")[2] == class_name:
                given = dict((house.scale(family, "ci") or {"data": {}})["data"].get(class_name, {}))
                return {key: value for key, value in given.items() if key != "synthetic"}
    return {}


def loader(data: Any) -> Any:
    """The training loader, or the test loader of a set that nothing is trained on."""
    return data.train_dataloader() if _trains(data) else data.test_dataloader()


def _trains(data: Any) -> bool:
    return type(data).train_dataloader is not pl.LightningDataModule.train_dataloader


def batches(docstring: str, batch: dict[str, Any]) -> list[str]:
    """A batch has the keys of the docstring's table, with the shapes, types and ranges that stand there."""
    told = _documented_batch(docstring)
    found = [f"key {key} is in the docstring and not in the batch" for key in told if key not in batch]
    found += [f"key {key} is in the batch and not in the docstring" for key in batch if key not in told]
    sizes: dict[str, int] = {}
    for key in [key for key in told if key in batch]:
        found += [f"key {key}: {fault}" for fault in _unlike(told[key], batch[key], sizes)]
    return found


def _unlike(text: str, value: Any, sizes: dict[str, int]) -> list[str]:
    if text == "list of str":
        is_one = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return [] if is_one else ["is no list of str"]
    told = _SHAPE.fullmatch(text)
    if told is None:
        return [f"{text!r} is not written as (B, 3, R, R) float32 in [-1, 1], or as list of str"]
    dimensions = [part.strip() for part in told[1].split(",") if part.strip()]
    there = zip(dimensions, value.shape, strict=False)
    expected = [int(d) if d.isdigit() else sizes.setdefault(d, n) for d, n in there]
    whole = len(dimensions) == value.dim() and list(value.shape) == expected
    found = [] if whole else [f"has shape {tuple(value.shape)}, not {text}"]
    found += [] if str(value.dtype) == f"torch.{told[2]}" else [f"is {value.dtype}, not {told[2]}"]
    numbers = re.findall(r"(-?\d+)( pi)?", (told[3] or "").replace("..", " "))
    bounds = [float(number) * (math.pi if pi else 1.0) for number, pi in numbers]
    if bounds and not (bounds[0] <= value.min() and value.max() <= bounds[-1]):
        found.append(f"leaves {told[3]}")
    if told[4] and not set(value.unique().tolist()) <= {float(number) for number in told[4].split(",")}:
        found.append(f"holds more than {{{told[4]}}}")
    return found


def resumes(first: Any, second: Any) -> list[str]:
    """A second module that is given the state of the first after one batch goes on with its next one."""
    if not _trains(first):
        return []
    batches = iter(first.train_dataloader())
    next(batches)
    second.load_state_dict(first.state_dict())
    expected, got = next(batches), next(iter(second.train_dataloader()))
    found = []
    for key, value in expected.items():
        equal = torch.equal(value, got[key]) if isinstance(value, torch.Tensor) else value == got[key]
        found += [] if equal else [f"key {key} is another after a resume"]
    return found


def tested(house: House, name: str) -> list[str]:
    """Tests import its data module, and its layout and its drawer where it reads files."""
    folders = ("tests/datamodules", "tests/datamodules/synthetic", "tests/datamodules/layouts")
    imported = set().union(*(house.imported(folder) for folder in folders))
    source = house.data_module(name)
    parts = [f"layouts.{name}", f"synthetic.{by_name()[name].group}.{name}"] if house.reads_files(name) else []
    found = [
        f"no test in tests/datamodules imports datamodules.{part}"
        for part in parts
        if not any(f"{i}.".startswith(f"datamodules.{part}.") for i in imported)
    ]
    names = {f"datamodules.{source.name}", f"datamodules.{name}.{source.name}"} if source else set()
    return found if names & imported else [*found, "no test in tests/datamodules imports its data module"]


def documented(house: House, name: str) -> list[str]:
    """A page says how to verify and generate it, if it reads files, and one has its batch."""
    source, text = house.data_module(name), "\n".join(house.pages().values())
    wanted = (f"python cli.py data verify {name} ", f"python cli.py data synthesize {name} ")
    wanted = wanted if house.reads_files(name) else ()
    found = [f"no page of docs/ has `{command.strip()}`" for command in wanted if command not in text]
    paths = (f"datamodules.{name}.{source.name}", f"datamodules.{source.name}") if source else ("",)
    told = any(f"autoclass:: {path}\n" in text for path in paths)
    return found if told else [*found, f"no page of docs/ has `autoclass:: {paths[0]}`"]
