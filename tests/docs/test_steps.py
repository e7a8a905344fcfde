"""The pages that say how to add something: seven steps at most, each ending in tests that there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("add-a-*.md"))
COMMAND = re.compile(r"\.venv/bin/python -m pytest tests/test_house\.py -k \"([^\"]+)\"")
SOURCES = ("lightning_modules", "datamodules", "ablations", "tests")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def steps(text: str) -> list[str]:
    """The sections of a page with a number."""
    return [part for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:] if part[0].isdigit()]


def ending(step: str) -> str | None:
    """The -k expression of the command that a step ends with; None where it ends with something else."""
    last = step.strip().split("```\n")[-1]
    found = COMMAND.fullmatch(last.removesuffix("```").strip())
    return found[1] if found else None


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Every test of test_house.py by name, parameters included."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "tests/test_house.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


def selected(expression: str, names: list[str]) -> list[str]:
    """The tests that -k takes: those whose names hold the expression's words, in any case."""

    def holds(name: str) -> bool:
        words = re.sub(
            r"[\w.+-]+",
            lambda word: word[0] if word[0] in ("and", "or", "not") else str(word[0].lower() in name.lower()),
            expression,
        )
        return bool(eval(words))

    return [name for name in names if holds(name)]


def test_there_is_a_page_for_each_kind() -> None:
    assert [page.stem for page in PAGES] == ["add-a-data-set", "add-a-model", "add-a-table"]


@pages
def test_a_page_has_seven_steps_at_most_in_order(page: Path) -> None:
    numbers = [int(step.partition(".")[0]) for step in steps(page.read_text(encoding="utf-8"))]
    assert 0 < len(numbers) <= 7
    assert numbers == list(range(1, len(numbers) + 1))


@pages
def test_every_step_ends_in_tests_that_there_are(page: Path, names: list[str]) -> None:
    for step in steps(page.read_text(encoding="utf-8")):
        expression = ending(step)
        assert expression is not None, f"step {step.splitlines()[0]!r} does not end in a command"
        assert selected(expression, names), f"-k {expression!r} selects nothing"


@pages
def test_no_test_of_its_kind_is_left_out(page: Path, names: list[str]) -> None:
    """Who follows the page has run every rule that there is."""
    start, example = {
        "add-a-model": (("test_model", "test_networks"), "bicyclegan"),
        "add-a-data-set": (("test_data_set",), "deepfashion"),
        "add-a-table": (("test_table",), "[4-1]"),
    }[page.stem]
    expressions = [ending(step) or "" for step in steps(page.read_text(encoding="utf-8"))]
    done = {name for expression in expressions for name in selected(expression, names)}
    wanted = {name for name in names if name.startswith(start) and example in name.lower()}
    assert wanted
    assert wanted - done == set()


def test_a_missing_test_and_a_missing_command_are_seen(names: list[str]) -> None:
    assert selected("BicycleGAN and exported", names) == ["test_model_is_exported[fashion_completion-BicycleGAN]"]
    assert selected("NoSuchModel and exported", names) == []
    assert len(selected("BicycleGAN and (exported or meta)", names)) == 2
    assert (
        ending('1. A step\n\nText.\n\n```\n.venv/bin/python -m pytest tests/test_house.py -k "a or b"\n```\n')
        == "a or b"
    )
    assert ending("1. A step\n\n```\nmake test\n```\n") is None


@pages
def test_examples_are_lines_of_our_code(page: Path) -> None:
    paths = [path for part in SOURCES for pattern in ("*.py", "*.yaml") for path in (ROOT / part).rglob(pattern)]
    lines = {line.partition(" #")[0].strip() for path in paths for line in path.read_text("utf-8").splitlines()}
    blocks = re.findall(r"^```(?:python|yaml)\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    shown = [line.strip() for block in blocks for line in block.splitlines() if line.strip() not in ("", "...")]
    assert [line for line in shown if line not in lines] == []
