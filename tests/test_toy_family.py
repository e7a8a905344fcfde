"""A whole family is added by new files alone: plan, lint, ablate and report know it, and no other key changes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ablations.resolving.code import used_modules

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("common", "lightning_modules", "datamodules", "ablations", "docs", "tests")
FILES = ("cli.py", "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml")
#: The files of the family, and where they go, by another name where a pair says so.
FAMILY = ROOT / "tests" / "support" / "toy_family"
PLACES: dict[str, tuple[str | tuple[str, str], ...]] = {
    "lightning_modules/toys": (
        "__init__.py",
        "mean_model.py",
        "evaluator.py",
        "metric_catalogue.py",
        "applications.py",
    ),
    "datamodules": (("data_module.py", "toy.py"),),
    "datamodules/layouts": (("layout.py", "toy.py"),),
    "datamodules/synthetic/toys": (("synthetic.py", "toy.py"),),
    "ablations/toys": ("mean.yaml", "table_toy-1.yaml", "table_toy-2.yaml"),
    "ablations/toys/scales": ("ci.yaml", "toy.yaml", "small.yaml", "paper.yaml"),
    "docs": (("page.md", "toys.md"),),
    "tests/lightning_modules/toys": (("model_tests.py", "test_mean_model.py"),),
    "tests/datamodules": (("data_tests.py", "test_toy.py"),),
}
#: Files of the tests that hold for every family, and their tests that say something about a new one.
HOUSE = ("house", "style", "architecture")
OF_A_FAMILY = "toy or knows or imports_no or one_way or has_its_folder or alone or datamodules or all_packages or kept"
EVERYTHING = ["plan", "--scale", "ci", "--seeds", "2"]
OWN = ["plan", "--table", "toy-1", "--scale", "ci", "--seeds", "2"]


def run(copy: Path, *arguments: str, given: str = "") -> str:
    """The standard output of Python in the copy."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(copy)}
    found = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        input=given,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def cli(copy: Path, *commands: list[str]) -> list[str]:
    """What commands of the copy print, all run in one process."""
    texts: list[str] = json.loads(run(copy, "tests/support/several_commands.py", given=json.dumps(commands)))
    return texts


def keys(plan: str) -> set[str]:
    return set(re.findall(r"\b[0-9a-f]{10}\b", plan))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code without the family."""
    folder = tmp_path_factory.mktemp("copy")
    for part in PARTS:
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "_build", "toy_family")
        )
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def keys_before(copy: Path) -> set[str]:
    return keys(cli(copy, EVERYTHING)[0])


@pytest.fixture(scope="module")
def planted(copy: Path, keys_before: set[str]) -> Path:
    """The copy with the family's files, of which none was there; its table has run."""
    for place, names in PLACES.items():
        (copy / place).mkdir(exist_ok=True, parents=True)
        for name in names:
            source, target = (name, name) if isinstance(name, str) else name
            assert not (copy / place / target).exists()
            shutil.copy(FAMILY / source, copy / place / target)
    run(copy, "cli.py", "ablate", "--table", "toy-1", "--scale", "ci", "--seeds", "2")
    return copy


@pytest.fixture(scope="module")
def printed(planted: Path) -> dict[str, str]:
    """What the commands of the copy with the family print, by a name."""
    drawn, official = planted / "data" / "synthetic" / "toy-48", planted / "elsewhere"
    (official / "toy-numbers").mkdir(parents=True)
    shutil.copy(drawn / "numbers.txt", official / "toy-numbers" / "numbers.csv")
    Image.new("RGB", (6, 4), (255, 255, 255)).save(planted / "white.png")
    row = ["--table", "toy-1", "--row", "fast", "--scale", "ci"]
    commands = {
        "tables": ["tables"],
        "lint": ["lint-table", "--table", "toy-1"],
        "everything": EVERYTHING,
        "plan": OWN,
        "plan of the second table": ["plan", "--table", "toy-2", "--scale", "ci"],
        "plan of the other form": [*OWN, "--data", str(official)],
        "verify": ["data", "verify", "toy", "--root", str(drawn)],
        "applications": ["apply", *row],
        "once": ["apply", "brightness", *row, "--image", "white.png"],
        "twice": ["apply", "brightness", *row, "--image", "white.png", "--factor", "2", "--out", "twice.png"],
    }
    return dict(zip(commands, cli(planted, *commands.values()), strict=True))


def test_no_key_of_another_family_changes(printed: dict[str, str], keys_before: set[str]) -> None:
    assert len(keys_before) > 100
    assert keys_before < keys(printed["everything"])


def test_it_shares_a_classifier_with_another_family(printed: dict[str, str], keys_before: set[str]) -> None:
    """What two families train alike is one run, found by its key."""
    plan = printed["plan of the second table"]
    line = next(line for line in plan.splitlines() if "Classifier" in line)
    assert len(keys(line)) == 1 and keys(line) < keys_before, plan


def test_it_is_listed_planned_and_linted(printed: dict[str, str]) -> None:
    assert "toy-1: A mean that is learnt (toys; 2 rows, 1 claims)" in printed["tables"]
    assert "✗" not in printed["lint"]
    assert printed["plan"].count("done") >= 8 and "MeanModel" in printed["plan"]


def test_its_data_set_is_known_in_either_form(printed: dict[str, str]) -> None:
    assert "toy numbers, 48 images listed, complete" in printed["verify"]
    plan = printed["plan of the other form"]
    assert "Toy numbers (48 images)" in plan and plan.count("done") >= 8  # the same content is the same data


def test_the_report_shows_its_metric_as_its_catalogue_says(planted: Path) -> None:
    text = (planted / "reports" / "toy-1-ci" / "report.md").read_text()
    assert re.search(r"\| 0\.\d ± 0\.\d", text), text  # one digit
    assert "distance of the learnt mean from the true one, mm" in text
    assert "supported" in text or "undecided" in text or "contradicted" in text


def test_the_report_shows_its_chart(planted: Path) -> None:
    folder = planted / "reports" / "toy-1-ci"
    text = (folder / "report.md").read_text()
    assert "### Figure 1. Errors by batch" in text and "The error on each batch. Thick: mean over seeds" in text
    chart = (folder / "figures" / "figure_errors.svg").read_text()
    assert ">fast<" in chart and ">slow<" in chart and chart.count("thin") >= 4


def test_the_report_shows_its_image_and_its_grid(planted: Path) -> None:
    page = (planted / "reports" / "toy-1-ci" / "report.html").read_text()
    figures = {block.partition("<")[0]: block.partition("</figure>")[0] for block in page.split("<h3>Figure ")[1:]}
    bar, tones = figures["2. A bar"], figures["3. Both tones"]
    assert "The error as a grey. fast: One bar. slow: One bar." in bar and bar.count(";base64,") == 2
    assert "Both means as greys." in tones and tones.count(";base64,") == 3  # the true one is the same in both rows
    assert re.findall(r"<th[^>]*>(\w+)</th>", tones) == ["true", "fast", "slow"]


def test_its_application_takes_an_option_and_an_image(printed: dict[str, str], planted: Path) -> None:
    assert "brightness: Mean of an image of yours beside the learnt mean." in printed["applications"]
    once, twice = (
        float(re.search(r"toy_brightness: (-?\d+\.\d\d)", printed[name])[1])  # type: ignore[index]
        for name in ("once", "twice")
    )
    assert -2.5 < once < -1.5 and twice == pytest.approx(2 * once, abs=0.02)  # white is 1, the mean about 3
    assert "brightness of an image relative to the learnt mean" in printed["once"]
    assert "image: twice.png" in printed["twice"] and (planted / "twice.png").is_file()


def test_the_rules_of_the_house_hold_for_it_without_a_change_of_their_files(planted: Path) -> None:
    """Its page, with the generated part that docs/generate.py writes, and its own tests are among what they check."""
    page = "import generate; print(generate.pages()['deviations_toys.md'](), end='')"
    text = run(planted, "-c", f"import sys; sys.path[:0] = ['docs', '']; {page}")
    assert "plain gradient descent" in text
    (planted / "docs" / "generated" / "deviations_toys.md").write_text(text)
    files = [*(f"tests/test_{name}.py" for name in HOUSE), "tests/docs/test_docs.py"]
    own = ["tests/lightning_modules/toys", "tests/datamodules/test_toy.py"]
    command = ["-m", "pytest", "-p", "no:cacheprovider", "-rA", "-k", OF_A_FAMILY, *files, *own]
    told = run(planted, *command)
    for test in (
        "test_model_takes_a_step[toys-MeanModel]", "test_data_set_resumes[toy]", "test_table_is_fair[toy-1]",
        "test_names_and_docstrings[lightning_modules/toys-dialect]", "test_links_lead_somewhere[toys.md]",
        "test_a_generated_page_is_current[deviations_toys.md]", "test_a_family_imports_no_other_family[toys]",
        "test_a_step_moves_the_mean_by_the_gradient", "test_numbers_are_those_of_the_list",
    ):  # fmt: skip
        assert re.search(rf"PASSED .*{re.escape(test)}", told), told


def test_a_change_of_its_evaluator_makes_its_tests_stale_and_nothing_else(
    planted: Path, printed: dict[str, str]
) -> None:
    before = keys(printed["everything"])
    path = planted / "lightning_modules" / "toys" / "evaluator.py"
    text = path.read_text()
    path.write_text(f"{text}\n\nA_CONSTANT = 1\n")
    try:
        everything, own = cli(planted, EVERYTHING, OWN)
        stale = [line for line in own.splitlines() if " stale: " in line]
        assert stale == ["4 stages are stale: code: lightning_modules.toys.evaluator"]
        after = keys(everything)
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
