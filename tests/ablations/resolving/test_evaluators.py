"""The evaluator that a model declares is in the key of its tests, and not in that of its training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ablations.lint import lint
from ablations.resolving.code import _digest, code_digests, used_modules
from ablations.resolving.deviations import deviations
from ablations.resolving.evaluators import evaluator_path
from ablations.resolving.keys import ingredients
from ablations.resolving.parameters import paper_counts
from ablations.tables.schema import find_table, load_table

MODEL, DATA = "lightning_modules.conditional_gan.CVAE", "datamodules.FaceScrub"
USE = "lightning_modules.conditional_gan.applications"


def code(kind: str, model: str = MODEL) -> set[str]:
    config: dict[str, Any] = {
        name: {"class_path": path, "init_args": {}} for name, path in (("model", model), ("data", DATA))
    }
    return set(ingredients({**config, "trainer": {}}, kind, 0, {}, "", "").code)


def test_a_test_is_keyed_by_the_applications_and_a_training_is_not() -> None:
    assert evaluator_path(MODEL) == "lightning_modules.conditional_gan.evaluator.ConditionalEvaluator"
    assert f"{USE}.inpainting" in code("test") and f"{USE}.inpainting" not in code("fit")
    assert "lightning_modules.metrics.principal" in code("test") - code("fit")
    assert f"{USE}.inpainting" not in code("test", "lightning_modules.conditional_gan.RealImages")


def test_the_declaration_itself_changes_no_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "lightning_modules.conditional_gan.conditional"
    before = code_digests([MODEL])[name]
    text = used_modules([MODEL])[name].read_text()
    assert 'evaluator: ClassVar[str] = "' in text
    changed = tmp_path / "conditional.py"
    changed.write_text(text.replace('evaluator: ClassVar[str] = "', 'evaluator: ClassVar[str] = "another.'))
    assert _digest(changed) == before


def test_deviations_of_applications_are_the_table_s() -> None:
    places = [deviation.where for name, deviation in deviations(find_table("4.1")) if name == f"{USE}.inpainting"]
    assert "Section 4.4.1, the hole" in places


def test_lint_names_an_application_that_no_evaluator_runs(tmp_path: Path) -> None:
    table = find_table("4.1")
    text = table.path.read_text().replace("panel: inpainting", "panel: inpaintng")
    folder = tmp_path / "conditional_gan"
    folder.mkdir()
    for path in table.path.parent.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text())
    (folder / table.path.name).write_text(text)
    broken = load_table(folder / table.path.name)
    findings = [line for check in lint(broken, paper_counts(broken)) for line in check.findings]
    assert any(
        "figure inpainting: the tests leave no panel 'inpaintng', did you mean 'inpainting'?" in f for f in findings
    )
    assert not any("figure" in line for check in lint(table, paper_counts(table)) for line in check.findings)
