"""The evaluator that a model declares is in the key of its tests, and not in that of its training."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ablations.lint import lint
from ablations.resolving.code import _digest, code_digests, used_modules
from ablations.resolving.deviations import deviations
from ablations.resolving.evaluators import evaluator_path
from ablations.resolving.files import load_test
from ablations.resolving.keys import ingredients
from ablations.resolving.parameters import paper_counts
from ablations.tables.schema import find_table, load_table
from common.errors import TableError

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
    for part in (folder.name, "recognition"):  # where the classifiers' files are
        shutil.copytree(table.path.parents[1] / part, tmp_path / part)
    (folder / table.path.name).write_text(text)
    broken = load_table(folder / table.path.name)
    findings = [line for check in lint(broken, paper_counts(broken)) for line in check.findings]
    assert any(
        "figure inpainting: the tests write no panel 'inpaintng', did you mean 'inpainting'?" in f for f in findings
    )
    assert not any("figure" in line for check in lint(table, paper_counts(table)) for line in check.findings)


def test_the_users_own_recogniser_is_in_a_key_by_its_content(tmp_path: Path) -> None:
    def key(path: Path, kind: str = "test", **settings: Any) -> str:
        sections = {name: {"class_path": p, "init_args": {}} for name, p in (("model", MODEL), ("data", DATA))}
        evaluation = {"recogniser": {"path": str(path), "size": [112, 112], **settings}}
        return ingredients({**sections, "trainer": {}, "evaluation": evaluation}, kind, 0, {}, "", "").key

    one, other, copied = (tmp_path / name for name in ("one.onnx", "other.onnx", "copied.onnx"))
    for path, content in ((one, b"weights"), (other, b"others"), (copied, b"weights")):
        path.write_bytes(content)
    assert key(one) == key(copied) != key(other)
    assert key(one) != key(one, size=[112, 96]) and key(one) != key(one, range=[0, 255])
    assert key(one, "fit") == key(other, "fit")
    with pytest.raises(TableError, match=r"^evaluation\.recogniser\.path: .*gone\.onnx: there is no such file"):
        key(tmp_path / "gone.onnx")


def test_a_tables_yaml_sets_the_recogniser_of_a_test(tmp_path: Path) -> None:
    path = tmp_path / "measured.yaml"

    def load(settings: str, model: str = MODEL) -> Any:
        path.write_text(f"evaluation: {{recogniser: {settings}}}\n")
        return load_test(path, model)["evaluation"]["recogniser"]

    given = "{path: face.onnx, size: [112, 112], range: [0, 255], channels: BGR}"
    expected = {"path": "face.onnx", "size": [112, 112], "range": [0, 255], "channels": "BGR"}
    assert load(given) == load(given, "lightning_modules.recognition.Classifier") == expected
    with pytest.raises(TableError, match=r"has no 'chanels', did you mean 'channels'"):
        load("{path: face.onnx, chanels: BGR}")
    with pytest.raises(TableError, match=r"channels 'GBR' is not known"):
        load("{path: face.onnx, channels: GBR}")
