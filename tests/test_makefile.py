"""The Makefile: which Python it takes, and which tests are one family's. Nothing is installed and nothing is run."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("python3.11", "python3.12", "python3.13", "python3", "python")
OLD, SHIM = "#!/bin/sh\nexit 1\n", "#!/bin/sh\necho not installed >&2\nexit 127\n"
GOOD = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n'

#: Without what `make test` itself hands on to what it runs.
CLEAN = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHON", "FAMILY")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing is installed."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make(folder: Path, *words: str, **pythons: str) -> subprocess.CompletedProcess[str]:
    """Runs make where every name of Python is a script: a shim that leads nowhere, unless given otherwise."""
    scripts = folder / "scripts"
    scripts.mkdir()
    for name in NAMES:
        script = scripts / name
        script.write_text(pythons.get(name.replace(".", "_"), SHIM), encoding="utf-8")
        script.chmod(0o755)
    path = f"{scripts}{os.pathsep}{CLEAN['PATH']}"
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, env={**CLEAN, "PATH": path})


@pytest.mark.parametrize(
    ("pythons", "found"),
    [
        ({"python3_11": GOOD, "python3_12": GOOD}, "python3.11"),
        ({"python3_11": SHIM, "python3_12": GOOD, "python3": GOOD}, "python3.12"),
        ({"python3_13": GOOD, "python3": OLD}, "python3.13"),
        ({"python3": GOOD}, "python3"),
        ({"python3": OLD, "python": GOOD}, "python"),
    ],
)
def test_the_first_python_that_runs_and_is_new_enough(pythons: dict[str, str], found: str, checkout: Path) -> None:
    done = make(checkout, "-n", "install", **pythons)
    assert f"{found} -m venv .venv" in done.stdout.splitlines()


@pytest.mark.parametrize("words", [("install",), ("install", "PYTHON=python3")], ids=["none", "one too old"])
def test_without_one_there_is_one_line_and_no_folder(words: tuple[str, ...], checkout: Path) -> None:
    done = make(checkout, *words, python3=OLD)
    first = done.stderr.splitlines()[0]
    assert first.startswith("error: no Python 3.11 or later found; set PYTHON: make PYTHON=")
    assert done.returncode == 2
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_named_is_taken(checkout: Path) -> None:
    done = make(checkout, "-n", "install", "PYTHON=/opt/python", python3_11=GOOD)
    assert "/opt/python -m venv .venv" in done.stdout.splitlines()


def commands(*words: str) -> list[str]:
    """The pytest commands that `make test` would run in this checkout."""
    done = subprocess.run(
        ["make", "-n", "test", *words], cwd=ROOT, capture_output=True, text=True, check=True, env=CLEAN
    )
    return [line.partition(" -m pytest ")[2] for line in done.stdout.splitlines() if " -m pytest " in line]


def test_all_tests_are_one_command() -> None:
    assert commands() == ["-n auto --dist loadfile"]


def test_a_familys_tests_are_its_folders_and_its_part_of_the_house_rules() -> None:
    folders, house = commands("FAMILY=ring")
    assert folders == "-n auto --dist loadfile tests/lightning_modules/ring"
    expression = shlex.split(house)[-1].split()
    assert set(expression) == {"ring-", "or", "fig3.5", "fig3.5-radius"}
    assert shlex.split(house)[:-2] == ["-n", "auto", "tests/test_house.py"]


def test_an_unknown_family_is_one_line(checkout: Path) -> None:
    (checkout / "tests").mkdir()
    (checkout / "ablations" / "ring").mkdir(parents=True)
    (checkout / "ablations" / "ring" / "table_1.yaml").touch()
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / ".installed").touch()
    done = make(checkout, "test", "FAMILY=rign")
    assert done.stderr.splitlines()[0] == "error: no tests of family 'rign'; families: ring"
    assert done.returncode == 2


def test_what_is_installed_is_checked_against_its_hash_first(checkout: Path) -> None:
    commands = make(checkout, "-n", "install", python3=GOOD).stdout.splitlines()
    installs = [line for line in commands if " pip install " in line]
    assert len(installs) == 2
    assert "--require-hashes --requirement requirements.lock" in installs[0]
    assert installs[1].endswith("--no-deps --no-build-isolation --editable .")  # downloads nothing


#: Words that a shell or make would run or split: a quote, an apostrophe, a substitution, spaces.
HOSTILE = [
    "/tmp'; touch X; echo '",
    "it's data",
    '"; touch X; "',
    "$(touch X)",
    "$(shell touch X)",
    "`touch X`",
    "$HOME",
    "a b",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_words_reach_the_command_as_they_are(word: str, checkout: Path) -> None:
    (checkout / ".venv/bin").mkdir(parents=True)
    python = checkout / ".venv/bin/python"
    code = "import sys, json; print(json.dumps(sys.argv[1:]))"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{code}" "$@"\n')
    python.chmod(0o755)
    (checkout / ".venv/.installed").touch()
    done = make(checkout, "ablate", *(f"{name}={word}" for name in ("TABLE", "DATA", "INCEPTION", "JOBS")))
    assert done.returncode == 0, done.stderr
    options = ["--table", word, "--scale", "toy", "--data", word, "--inception", word, "--jobs", word]
    assert json.loads(done.stdout) == ["cli.py", "ablate", *options]
    assert not (checkout / "X").exists()


def test_words_that_are_not_given_are_left_out(checkout: Path) -> None:
    done = make(checkout, "-n", "plan")
    assert '--scale "$SCALE" ${SEEDS:+--seeds "$SEEDS"}' in done.stdout


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_family_is_one_line(word: str, checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv/.installed").touch()
    done = make(checkout, "test", f"FAMILY={word}")
    assert done.stderr.startswith("error: no tests of family ") and done.returncode == 2
    assert not (checkout / "X").exists()
