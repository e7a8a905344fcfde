"""Style of docstrings and names in the packages that follow it: plain technical English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Packages and modules that follow the rules; extend it as others do.
CLEAN = (
    "datamodules",
    "lightning_modules/callbacks",
    "lightning_modules/conditional_gan",
    "lightning_modules/evaluation",
    "lightning_modules/fashion_completion",
    "lightning_modules/layers",
    "lightning_modules/losses",
    "lightning_modules/metrics",
    "lightning_modules/recognition",
    "lightning_modules/ring",
    "lightning_modules/base.py",
    "lightning_modules/frozen.py",
    "lightning_modules/memory.py",
    "lightning_modules/panels.py",
    "lightning_modules/randomness.py",
    "lightning_modules/snapshots.py",
    "lightning_modules/weights.py",
)
#: Parts of them that do not yet.
NOT_YET = (
    "lightning_modules/conditional_gan/applications",
    "lightning_modules/evaluation/application.py",
    "lightning_modules/evaluation/applications.py",
    "lightning_modules/evaluation/recogniser.py",
)
#: Names that users' files hold.
KEPT = {"generated_pictures"}
QUESTION = re.compile(r"(What|Whether|How|Which|Who|Whose|Where|Why)\b")

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def files() -> list[str]:
    found = [p for name in CLEAN for p in ((ROOT / name).rglob("*.py") if (ROOT / name).is_dir() else [ROOT / name])]
    names = sorted(path.relative_to(ROOT).as_posix() for path in found)
    return [name for name in names if not any(name == part or name.startswith(f"{part}/") for part in NOT_YET)]


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), text


def identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg"):
            if isinstance(name := getattr(node, field, None), str):
                yield getattr(node, "lineno", 1), name


def questions(source: str) -> list[str]:
    """Return the docstrings that begin with a question word, by line."""
    return [f"{line}: {text.splitlines()[0]}" for line, text in docstrings(ast.parse(source)) if QUESTION.match(text)]


def pictures(source: str) -> list[str]:
    """Return the identifiers and docstrings with "picture" in place of "image", by line."""
    tree = ast.parse(source)
    texts = [(line, re.sub("|".join(KEPT), "", text)) for line, text in docstrings(tree)]
    names = [(line, name) for line, name in identifiers(tree) if name not in KEPT]
    return [f"{line}: {text.splitlines()[0]}" for line, text in [*texts, *names] if "picture" in text.lower()]


def test_the_packages_are_found() -> None:
    assert all((ROOT / name).exists() for name in (*CLEAN, *NOT_YET)) and len(files()) > 100


@pytest.mark.parametrize("name", files())
def test_docstrings_begin_with_a_verb_or_a_noun(name: str) -> None:
    assert questions((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", files())
def test_images_are_named_images(name: str) -> None:
    assert pictures((ROOT / name).read_text(encoding="utf-8")) == []


def test_violations_are_found() -> None:
    source = (
        '"""What it does."""\n\n\nclass A:\n    """How a picture looks."""\n\n\ndef of(picture):\n    return picture\n'
    )
    assert questions(source) == ["1: What it does.", "4: How a picture looks."]
    assert pictures(source) == ["4: How a picture looks.", "8: picture", "9: picture"]
    assert questions('def f():\n    """Whichever."""\n') == [] and pictures("generated_pictures = 1\n") == []
