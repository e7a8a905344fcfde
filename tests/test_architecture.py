"""Who may import whom, one way only, read from the source of every file, imports inside functions included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("cli", "ablations", "lightning_modules", "datamodules", "common")
#: What families share. Any other folder of lightning_modules is a family.
SHARED = ("layers", "losses", "metrics", "callbacks", "evaluation", "recognition")
#: The packages of ablations, each of which may import those before it; what stands beside them is the commands.
LAYERS = ("tables", "resolving", "planning", "lint", "running", "results", "report", "output")
#: What cli.py imports before it knows the command, and what plans: no torch, no Lightning.
LIGHT = ("tables", "resolving", "planning", "lint", "results")
HEAVY = ("torch", "torchvision", "pytorch_lightning", "lightning", "torchmetrics", "torch_fidelity", "scipy", "wandb")


def sources(package: str) -> list[Path]:
    return [ROOT / "cli.py"] if package == "cli" else sorted((ROOT / package).rglob("*.py"))


def imports(path: Path, top_level_only: bool = False) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of what a file imports; a name taken from a module counts as a part of it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides where it goes"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def wrong_imports(path: Path, allowed: tuple[str, ...]) -> list[str]:
    """Our own packages that a file imports and may not."""
    return [
        f"{path.relative_to(ROOT)}:{line}: imports {name}"
        for line, name in imports(path)
        if name.split(".")[0] in OURS and not any(f"{name}.".startswith(f"{prefix}.") for prefix in allowed)
    ]


@pytest.mark.parametrize(
    ("package", "allowed"),
    [("common", ("common",)), ("datamodules", ("datamodules", "common")),
     ("lightning_modules", ("lightning_modules", "common")),
     ("ablations", ("ablations", "lightning_modules", "datamodules", "common")),
     ("cli", ("ablations", "datamodules", "common"))],
)  # fmt: skip
def test_packages_import_one_way(package: str, allowed: tuple[str, ...]) -> None:
    files = sources(package)
    assert files
    assert [line for path in files for line in wrong_imports(path, allowed)] == []


def test_every_package_of_ablations_has_its_place() -> None:
    assert sorted(path.parent.name for path in (ROOT / "ablations").glob("*/__init__.py")) == sorted(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_packages_of_ablations_import_one_way(layer: str) -> None:
    before = LAYERS[: LAYERS.index(layer) + 1]
    allowed = ("common", *(f"ablations.{name}" for name in before), "lightning_modules", "datamodules")
    assert [line for path in sources(f"ablations/{layer}") for line in wrong_imports(path, allowed)] == []


def families() -> list[str]:
    folders = {path.parent.name for path in (ROOT / "lightning_modules").glob("*/__init__.py")}
    return sorted(folders - {*SHARED, "__pycache__"})


def test_there_are_families_and_each_has_its_folder_of_tables() -> None:
    assert "fashion_completion" in families()
    assert [name for name in families() if not (ROOT / "ablations" / name).is_dir()] == []


@pytest.mark.parametrize("family", families())
def test_a_family_imports_no_other_family(family: str) -> None:
    others = tuple(f"lightning_modules.{name}" for name in families() if name != family)
    found = [
        f"{path.relative_to(ROOT)}:{line}: imports {name}"
        for path in sources(f"lightning_modules/{family}")
        for line, name in imports(path)
        if f"{name}.".startswith(tuple(f"{other}." for other in others))
    ]
    assert found == []


@pytest.mark.parametrize("shared", SHARED)
def test_what_families_share_knows_no_family(shared: str) -> None:
    prefixes = tuple(f"lightning_modules.{name}." for name in families())
    found = [
        f"{path.relative_to(ROOT)}:{line}: imports {name}"
        for path in sources(f"lightning_modules/{shared}")
        for line, name in imports(path)
        if f"{name}.".startswith(prefixes)
    ]
    assert found == []


def test_networks_know_nothing_of_lightning() -> None:
    files = [path for family in families() for path in sources(f"lightning_modules/{family}/networks")]
    assert files
    assert [path for path in files for _, name in imports(path) if name.split(".")[0] == "pytorch_lightning"] == []


def light() -> list[Path]:
    named = [ROOT / "ablations" / name for name in LIGHT]
    return [ROOT / "cli.py", *(path for place in named for path in sorted(place.rglob("*.py")) or [place])]


@pytest.mark.parametrize("path", light(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_plans_imports_nothing_heavy(path: Path) -> None:
    top = {name.split(".")[0] for _, name in imports(path, top_level_only=True)}
    assert top.isdisjoint(HEAVY)
    assert "lightning_modules" not in top


def test_one_module_alone_imports_albumentations() -> None:
    """Its successor has another licence: what takes its place one day is to change one file."""
    found = {
        str(path.relative_to(ROOT))
        for package in (*OURS, "tests", "benchmarks")
        for path in sources(package)
        for _, name in imports(path)
        if name.split(".")[0] in ("albumentations", "albucore", "albumentationsx")
    }
    assert found == {"datamodules/augmentation.py"}


def test_a_breach_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "bad.py"
    path.write_text(
        "import torch\n\ndef load():\n    from ablations.planning import plan\n    import datamodules.loading\n"
    )
    assert wrong_imports(path, ("lightning_modules",)) == [
        "bad.py:4: imports ablations.planning.plan",
        "bad.py:5: imports datamodules.loading",
    ]
