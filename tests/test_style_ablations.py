"""Names and docstrings of the packages written in plain technical English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: Files and folders whose names and docstrings are checked; add a package here once it is clean.
CLEAN = (
    "common",
    "ablations/ablate.py",
    "ablations/commands.py",
    "ablations/lightning_cli.py",
    "ablations/lint",
    "ablations/output",
    "ablations/planning",
    "ablations/report",
    "ablations/resolving",
    "ablations/results",
    "ablations/running",
    "ablations/stage.py",
    "ablations/tables",
    "docs/generate.py",
)
DIALECT = re.compile(r"picture|stand-in|\bkindly\b|\bdearest\b|\bundisturbed\b|\bmend\b", re.IGNORECASE)
QUESTION = re.compile(r"(What|Whether|How|Which|Who|Whose|Where|Why|When)\b")
#: Words that end like a participle and are none.
NO_PARTICIPLES = {"embed", "seed", "speed"}
PARTICIPLE = re.compile(r"_*([a-z]+ed|made|shown|drawn|told|found|given|taken|seen|held|chosen|built)")


def python_files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def documented(path: Path) -> Iterator[tuple[str, str]]:
    """The name and docstring of a module and of its classes and functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield getattr(node, "name", path.stem), ast.get_docstring(node) or ""


@pytest.mark.parametrize("place", CLEAN)
def test_docstrings_state_and_do_not_ask(place: str) -> None:
    found = [f"{path.name}: {name}" for path in python_files(place) for name, text in documented(path)
             if QUESTION.match(text)]  # fmt: skip
    assert not found


@pytest.mark.parametrize("place", CLEAN)
def test_docstrings_use_the_terms_of_the_field(place: str) -> None:
    found = [f"{path.name}: {name}: {word[0]}" for path in python_files(place) for name, text in documented(path)
             if (word := DIALECT.search(f"{name} {text}"))]  # fmt: skip
    assert not found


@pytest.mark.parametrize("place", CLEAN)
def test_functions_are_not_bare_participles(place: str) -> None:
    found = [f"{path.name}: {name}" for path in python_files(place) for name, _ in documented(path)
             if PARTICIPLE.fullmatch(name) and name.strip("_") not in NO_PARTICIPLES]  # fmt: skip
    assert not found


@pytest.mark.parametrize("page", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))])
def test_pages_use_the_terms_of_the_field(page: str) -> None:
    text = re.sub(r"`[^`]*`|```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not DIALECT.findall(text)
