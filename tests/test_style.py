"""Style of names, docstrings and pages: plain technical English."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TREES = ("common", "ablations", "datamodules", "lightning_modules")
FILES = ("cli.py", "docs/generate.py")
#: Names that users' files and tables hold.
KEPT = re.compile("generated_pictures")
DIALECT = re.compile(
    r"picture|stand-in|\bkindly\b|\bdearest\b|\bundisturbed\b|\bmend(s|ed|ing)?\b|\bhope(s|d)?\b", re.IGNORECASE
)
QUESTION = re.compile(r"(What|Whether|How|Which|Who|Whose|Where|Why|When)\b")
#: Words that end like a participle and are none.
NO_PARTICIPLES = {"embed", "seed", "speed"}
PARTICIPLE = re.compile(r"_*([a-z]+ed|made|shown|drawn|told|found|given|taken|seen|held|chosen|built)")

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Function = ast.FunctionDef | ast.AsyncFunctionDef


def packages() -> list[str]:
    """Return the folders directly below each tree that hold Python files, the trees' own files, and single files."""
    inner = (path.relative_to(ROOT).as_posix() for tree in TREES for path in sorted((ROOT / tree).iterdir()))
    return [*TREES, *(name for name in inner if any((ROOT / name).rglob("*.py"))), *FILES]


def python_files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.glob("*.py") if place in TREES else path.rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), text


def identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg"):
            if isinstance(name := getattr(node, field, None), str):
                yield getattr(node, "lineno", 1), name


def questions(tree: ast.Module) -> list[str]:
    """Return the docstrings that begin with a question word, by line."""
    return [f"{line}: {text.splitlines()[0]}" for line, text in docstrings(tree) if QUESTION.match(text)]


def dialect(tree: ast.Module) -> list[str]:
    """Return the words in docstrings and identifiers that the field does not use, by line."""
    texts = [*docstrings(tree), *identifiers(tree)]
    return [f"{line}: {word[0]}" for line, text in texts if (word := DIALECT.search(KEPT.sub("", text)))]


def participles(tree: ast.Module) -> list[str]:
    """Return the functions that are named by a bare participle, by line."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    return [
        f"{node.lineno}: {node.name}"
        for node in functions
        if PARTICIPLE.fullmatch(node.name) and node.name.strip("_") not in NO_PARTICIPLES
    ]


def test_all_packages_are_found() -> None:
    found = [path for place in packages() for path in python_files(place)]
    every = {path for tree in TREES for path in (ROOT / tree).rglob("*.py")} | {ROOT / name for name in FILES}
    assert set(found) == every and len(found) == len(every)


@pytest.mark.parametrize("check", [questions, dialect, participles])
@pytest.mark.parametrize("place", packages())
def test_names_and_docstrings(place: str, check: Callable[[ast.Module], list[str]]) -> None:
    assert [f"{path.name}:{text}" for path in python_files(place) for text in check(parsed(path))] == []


@pytest.mark.parametrize("page", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))])
def test_pages_use_the_terms_of_the_field(page: str) -> None:
    text = re.sub(r"`[^`]*`|```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not DIALECT.findall(text)


def test_violations_are_found() -> None:
    tree = ast.parse(
        '"""What it does."""\nclass A:\n    """How a picture looks."""\ndef _made(picture):\n    return 1\n'
    )
    assert questions(tree) == ["1: What it does.", "2: How a picture looks."]
    assert dialect(tree) == ["2: picture", "4: picture"] and participles(tree) == ["4: _made"]
    clean = ast.parse('def seed():\n    """Whichever of generated_pictures."""\n    return generated_pictures\n')
    assert questions(clean) == dialect(clean) == participles(clean) == []
