"""The pages say what the code does: generated parts are current, commands are accepted, links lead somewhere."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import cli
from ablations.apply_options import read_options
from lightning_modules.evaluation.application import Application

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
GENERATED = sorted((ROOT / "docs" / "generated").glob("*.md"))
LATER = {"docs/images/report.png"}  # a screenshot, made by hand


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_generated_page_is_kept(generator: ModuleType) -> None:
    assert [path.name for path in GENERATED] == sorted(generator.pages()), "run `python docs/generate.py`"


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_a_generated_page_is_current(page: Path, generator: ModuleType) -> None:
    assert page.read_text(encoding="utf-8") == generator.pages()[page.name](), "run `python docs/generate.py`"


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_a_generated_page_is_included(page: Path) -> None:
    assert any(f"{{include}} generated/{page.name}\n" in path.read_text(encoding="utf-8") for path in PAGES)


def applications() -> Iterator[type[Application]]:
    """The applications of all families."""
    for path in sorted((ROOT / "lightning_modules").glob("*/applications*")):
        package = f"lightning_modules.{path.parent.name}.{path.stem}"
        yield from getattr(importlib.import_module(package), "APPLICATIONS", ())


def commands(page: Path) -> list[str]:
    """The shell lines of a page's fenced blocks without a language, continuation lines joined, comments left out."""
    # Of all languages, or the end of one block would be taken for the beginning of another.
    blocks = re.findall(r"^ *```(.*?)\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    plain = [content for language, content in blocks if not language]
    lines = "\n".join(plain).replace("\\\n", " ").splitlines()
    return [line.partition(" #")[0].strip() for line in lines]


def documented(word: str) -> list[str]:
    return sorted({line for page in PAGES for line in commands(page) if line.startswith(word + " ")})


@pytest.mark.parametrize("line", documented("make"))
def test_make_targets_exist(line: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [word for word in shlex.split(line)[1:] if "=" not in word]
    settings = [word.partition("=")[0] for word in shlex.split(line)[1:] if "=" in word]
    assert targets
    assert all(re.search(rf"^{target}:.*##", makefile, re.MULTILINE) for target in targets)
    assert all(re.search(rf"^{name} \?=", makefile, re.MULTILINE) for name in settings)


@pytest.mark.parametrize("line", documented("python"))
def test_python_lines_are_accepted(line: str) -> None:
    script, *arguments = shlex.split(line)[1:]
    assert (ROOT / script).is_file()
    if script == "cli.py" and arguments[0] not in cli.LIGHTNING:
        with contextlib.suppress(SystemExit):  # --help
            options = cli.parse(arguments)
            assert options.run
            if options.words:
                kind = next(kind for kind in applications() if kind.name == options.words[0])
                assert read_options(kind, options.words[1:])
    elif script == "cli.py":
        given = [Path(arguments[i + 1]) for i, word in enumerate(arguments) if word == "--config"]
        assert all((ROOT / path).is_file() for path in given if path.parts[0] == "ablations")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)|\{include\} (\S+)", text):
        path = next(filter(None, target))
        if "://" not in path and path not in LATER:
            assert (page.parent / path).exists(), path


def test_pages_name_no_machine_of_ours() -> None:
    for page in [*PAGES, *GENERATED]:
        assert not re.search(r"/work/|/tmp/|/root/", page.read_text(encoding="utf-8")), page.name
