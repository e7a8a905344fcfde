"""A whole family is added by new files alone: plan, lint, ablate and report know it, and no other key changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ablations.resolving.code import used_modules

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("common", "lightning_modules", "datamodules", "ablations")
#: The files of the family, and where they go, by another name where a pair says so.
FAMILY = ROOT / "tests" / "support" / "toy_family"
PLACES: dict[str, tuple[str | tuple[str, str], ...]] = {
    "lightning_modules/toys": ("__init__.py", "mean_model.py", "evaluator.py", "metric_catalogue.py"),
    "datamodules": ("toy_numbers.py",),
    "datamodules/layouts": (("toy_layout.py", "toy.py"),),
    "datamodules/synthetic/toys": (("toy_synthetic.py", "toy.py"),),
    "ablations/toys": ("mean.yaml", "table_toy-1.yaml", "table_toy-2.yaml"),
    "ablations/toys/scales": ("ci.yaml",),
}


def cli(copy: Path, *arguments: str) -> str:
    """The standard output of a command of the copy."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(copy)}
    found = subprocess.run(
        [sys.executable, "cli.py", *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def keys(plan: str) -> set[str]:
    return set(re.findall(r"\b[0-9a-f]{10}\b", plan))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code without the family."""
    folder = tmp_path_factory.mktemp("copy")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "cli.py", folder)
    return folder


@pytest.fixture(scope="module")
def keys_before(copy: Path) -> set[str]:
    return keys(cli(copy, "plan", "--scale", "ci"))


@pytest.fixture(scope="module")
def planted(copy: Path, keys_before: set[str]) -> Path:
    """The copy with the family's files, of which none was there; its table has run."""
    for place, names in PLACES.items():
        (copy / place).mkdir(exist_ok=True, parents=True)
        for name in names:
            source, target = (name, name) if isinstance(name, str) else name
            assert not (copy / place / target).exists()
            shutil.copy(FAMILY / source, copy / place / target)
    cli(copy, "ablate", "--table", "toy-1", "--scale", "ci", "--seeds", "2")
    return copy


def test_no_key_of_another_family_changes(planted: Path, keys_before: set[str]) -> None:
    assert len(keys_before) > 100
    assert keys_before < keys(cli(planted, "plan", "--scale", "ci"))


def test_it_shares_a_classifier_with_another_family(planted: Path, keys_before: set[str]) -> None:
    """What two families train alike is one run, found by its key."""
    plan = cli(planted, "plan", "--table", "toy-2", "--scale", "ci")
    line = next(line for line in plan.splitlines() if "Classifier" in line)
    assert len(keys(line)) == 1 and keys(line) < keys_before, plan


def test_it_is_listed_planned_and_linted(planted: Path) -> None:
    assert "toy-1: A mean that is learnt (toys; 2 rows, 1 claims)" in cli(planted, "tables")
    assert "✗" not in cli(planted, "lint-table", "--table", "toy-1")
    plan = cli(planted, "plan", "--table", "toy-1", "--scale", "ci", "--seeds", "2")
    assert plan.count("done") >= 8 and "MeanModel" in plan


def test_its_data_set_is_known_in_either_form(planted: Path, tmp_path: Path) -> None:
    drawn = planted / "data" / "synthetic" / "toy-48"
    assert "toy numbers, 48 images listed, complete" in cli(planted, "data", "verify", "toy", "--root", str(drawn))
    (tmp_path / "toy-numbers").mkdir()
    shutil.copy(drawn / "numbers.txt", tmp_path / "toy-numbers" / "numbers.csv")
    plan = cli(planted, "plan", "--table", "toy-1", "--scale", "ci", "--seeds", "2", "--data", str(tmp_path))
    assert "Toy numbers (48 images)" in plan and plan.count("done") >= 8  # the same content is the same data


def test_the_report_shows_its_metric_as_its_catalogue_says(planted: Path) -> None:
    text = (planted / "reports" / "toy-1-ci" / "report.md").read_text()
    assert re.search(r"\| 0\.\d ± 0\.\d", text), text  # one digit
    assert "distance of the learnt mean from the true one, mm" in text
    assert "supported" in text or "undecided" in text or "contradicted" in text


def test_the_report_shows_its_panel(planted: Path) -> None:
    folder = planted / "reports" / "toy-1-ci"
    text = (folder / "report.md").read_text()
    assert "### Figure 1. Errors by batch" in text and "The error on each batch. Thick: mean over seeds" in text
    chart = (folder / "figures" / "figure_errors.svg").read_text()
    assert ">fast<" in chart and ">slow<" in chart and chart.count("thin") >= 4


def test_a_change_of_its_evaluator_makes_its_tests_stale_and_nothing_else(planted: Path) -> None:
    before = keys(cli(planted, "plan", "--scale", "ci", "--seeds", "2"))
    path = planted / "lightning_modules" / "toys" / "evaluator.py"
    text = path.read_text()
    path.write_text(f"{text}\n\nA_CONSTANT = 1\n")
    try:
        plan = cli(planted, "plan", "--table", "toy-1", "--scale", "ci", "--seeds", "2")
        stale = [line for line in plan.splitlines() if " stale: " in line]
        assert stale == ["4 stages are stale: code: lightning_modules.toys.evaluator"]
        after = keys(cli(planted, "plan", "--scale", "ci", "--seeds", "2"))
        assert len(before - after) == len(after - before) == 4
    finally:
        path.write_text(text)


def test_evaluators_share_no_code_but_what_they_import() -> None:
    """A constant in one evaluator is in the keys of the tests that use it, and of no others."""
    own = {
        name: used_modules([f"lightning_modules.evaluation.{name}"])
        for name in ("ImageToImage", "ClassConditional", "Verification", "SelfReported")
    }
    files = {name: f"lightning_modules.evaluation.{file}" for name, file in (
        ("ImageToImage", "image_to_image"), ("ClassConditional", "class_conditional"),
        ("Verification", "verification"), ("SelfReported", "self_reported"),
    )}  # fmt: skip
    for name, modules in own.items():
        assert {other for other, file in files.items() if file in modules} == {name}
    metrics = {name: {m.rpartition(".")[2] for m in modules if ".metrics." in m} for name, modules in own.items()}
    assert metrics["SelfReported"] == set()
    assert metrics["Verification"] == {"verification", "images", "features", "checks"}
    assert all("lightning_modules.metrics.catalogue" not in modules for modules in own.values())  # how it is printed
