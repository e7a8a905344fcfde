"""What there is in the repository, read from its files: families, networks, models, data sets, tables."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
#: What families share. Any other package in lightning_modules is a family.
SHARED = ("callbacks", "evaluation", "layers", "losses", "metrics", "recognition")
#: What families share that is trained by itself: its models are held to the same rules as theirs.
TRAINED = ("recognition",)
#: What every model and every data module is made from.
MODEL, IMAGES, DATA = "TrainedModule", "GenerativeModule", "ResumableData"


def imports(tree: ast.AST) -> set[str]:
    """Full dotted names of what a source imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


@dataclass(frozen=True, eq=False)
class Class:
    """A class as its source has it."""

    path: Path
    node: ast.ClassDef

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def bases(self) -> list[str]:
        """Names without their modules."""
        return [ast.unparse(base).rpartition(".")[2] for base in self.node.bases]

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.node) or ""

    def method(self, name: str) -> ast.FunctionDef | None:
        """A method of its own."""
        return next((n for n in self.node.body if isinstance(n, ast.FunctionDef) and n.name == name), None)


@dataclass(frozen=True, eq=False)
class Model:
    """A model of a family."""

    family: str
    source: Class

    @property
    def name(self) -> str:
        return self.source.name


class House:
    """The repository, or a copy of it, at `root`."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root

    def families(self) -> list[str]:
        """The folders of lightning_modules that are not shared."""
        found = {path.parent.name for path in (self.root / "lightning_modules").glob("*/__init__.py")}
        return sorted(found - set(SHARED))

    def networks(self, family: str) -> list[Path]:
        """The files of a family's networks."""
        found = (self.root / "lightning_modules" / family / "networks").glob("*.py")
        return sorted(path for path in found if path.name != "__init__.py")

    def models(self) -> list[Model]:
        """The trained classes that no other is made from, and those that their family exports."""
        found = []
        for family in (*self.families(), *TRAINED):
            folder = self.root / "lightning_modules" / family
            trained = [c for c in self.modules.values() if c.path.parent == folder and self._is_a(c, MODEL)]
            used = {base for c in trained for base in c.bases}
            shown = self.exported(family)
            found += [Model(family, c) for c in trained if c.name not in used or c.name in shown]
        return sorted(found, key=lambda model: (model.family, model.name))

    def data_sets(self) -> list[str]:
        """Every name that has a layout, or a data module that no other is made from."""
        layouts = [path.stem for path in (self.root / "datamodules/layouts").glob("*.py") if path.stem != "__init__"]
        used = {base for c in self.modules.values() for base in c.bases}
        modules = [c for c in self.modules.values() if self._is_data_module(c) and c.name not in used]
        return sorted({*layouts, *(c.path.stem for c in modules)})

    def reads_files(self, data_set: str) -> bool:
        """Not so where the data module takes no folder: it computes what it yields."""
        source = self.data_module(data_set)
        init = None if source is None else self.method(source, "__init__")
        return init is None or any(
            argument.arg == "root" or argument.arg.endswith("_root")
            for argument in (*init.args.args, *init.args.kwonlyargs)
        )

    def data_module(self, data_set: str) -> Class | None:
        """The data module in a data set's file."""
        path = self.root / "datamodules" / f"{data_set}.py"
        return next((c for c in self.modules.values() if c.path == path and self._is_data_module(c)), None)

    def tables(self) -> list[str]:
        """The ids of the table files."""
        return sorted(path.stem.removeprefix("table_") for path in self.root.glob("ablations/*/table_*.yaml"))

    def exported(self, package: str) -> list[str]:
        """`__all__` of a package in lightning_modules."""
        tree = ast.parse((self.root / "lightning_modules" / package / "__init__.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                return list(ast.literal_eval(node.value))
        return []

    @cached_property
    def modules(self) -> dict[str, Class]:
        """The classes of Lightning modules and data modules, by name: what stands directly in a package of theirs."""
        paths = [*self.root.glob("lightning_modules/*.py"), *self.root.glob("datamodules/*.py")]
        folders = (*self.families(), *TRAINED)
        paths += [path for family in folders for path in self.root.glob(f"lightning_modules/{family}/*.py")]
        trees = ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(paths))
        return {n.name: Class(path, n) for path, tree in trees for n in tree.body if isinstance(n, ast.ClassDef)}

    def lineage(self, source: Class) -> list[Class]:
        """A class and what it is made from, nearest first, as far as it is ours."""
        found = [source]
        for base in source.bases:
            if base in self.modules:
                found += [c for c in self.lineage(self.modules[base]) if c not in found]
        return found

    def method(self, source: Class, name: str) -> ast.FunctionDef | None:
        """A method of the class or of what it is made from; None where it is only promised."""
        found = next((m for c in self.lineage(source) if (m := c.method(name)) is not None), None)
        promised = found is not None and "abstractmethod" in [ast.unparse(mark) for mark in found.decorator_list]
        return None if promised else found

    def declares(self, source: Class, name: str) -> bool:
        """Whether the class, or what it is made from, gives a class attribute a value."""
        statements = [n for c in self.lineage(source) for n in c.node.body if isinstance(n, ast.Assign | ast.AnnAssign)]
        targets = [t for n in statements for t in (n.targets if isinstance(n, ast.Assign) else [n.target])]
        return name in map(ast.unparse, targets)

    def scale(self, family: str, name: str) -> dict[str, dict[str, Any]] | None:
        """The data and models that a family's file of a scale sizes, with what it includes; None without the file."""
        path = self.root / "ablations" / family / "scales" / f"{name}.yaml"
        if not path.is_file():
            return None
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found: dict[str, dict[str, Any]] = {"data": {}, "models": {}}
        others = [self.scale(other, name) or {} for other in content.get("include", [])]
        for part in [*others, content]:
            for section, sizes in found.items():
                sizes.update(part.get(section, {}))
        return found

    def imported(self, folder: str) -> set[str]:
        """Full dotted names that the tests in a folder import."""
        found: set[str] = set()
        for path in (self.root / folder).glob("test_*.py"):
            found |= imports(ast.parse(path.read_text(encoding="utf-8")))
        return found

    def page(self, name: str) -> str:
        """The text of a page of the documentation."""
        return (self.root / "docs" / name).read_text(encoding="utf-8")

    def pages(self) -> dict[str, str]:
        """All pages by name."""
        return {path.name: path.read_text(encoding="utf-8") for path in sorted((self.root / "docs").glob("*.md"))}

    def makes_images(self, model: Model) -> bool:
        """Whether it generates; a classifier and a model of points do not."""
        return IMAGES in [c.name for c in self.lineage(model.source)]

    def _is_a(self, source: Class, base: str) -> bool:
        """Whether a class is made from Lightning's, or from ours that is."""
        made_from = {name for c in self.lineage(source) for name in c.bases}
        return bool(made_from & {base, "LightningModule"})

    def _is_data_module(self, source: Class) -> bool:
        made_from = {name for c in self.lineage(source) for name in c.bases}
        return source.name != DATA and bool(made_from & {DATA, "LightningDataModule"})
