"""What a scale may say of a family besides its own models: how tests measure, and classifiers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablations.resolving.configs import resolve
from ablations.resolving.scales import load_scale
from ablations.tables.schema import find_table
from common.errors import TableError


def written(folder: Path, family: str) -> Path:
    (folder / "small.yaml").write_text(f"about: a scale\njobs: 1\nconditional_gan:\n{family}")
    return folder


def test_tests_measure_as_the_scale_says(tmp_path: Path) -> None:
    content = "  models:\n    Classifier: {width: 8}\n"
    content += "  evaluation: {ClassConditional: {per_class: 7}, ConditionalEvaluator: {samples: 2}}\n"
    scale = load_scale("small", written(tmp_path, content))
    table = find_table("3.4")
    row = table.row("cvae")
    assert resolve(table, row, table.stage("test"), scale)["evaluation"] == {"per_class": 7, "samples": 2}
    real = resolve(table, table.row("real"), table.stage("test"), scale)
    assert real["evaluation"] == {"per_class": 7}  # of the base class only
    sizes = {
        name: resolve(table, row, table.stage(name), scale)["model"]["init_args"]
        for name in ("classifier", "recogniser")
    }
    assert {name: (found["network"], found["width"]) for name, found in sizes.items()} == {
        "classifier": ("table_3_3", 8),
        "recogniser": ("resnet18", 8),
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("  evaluation: {ClassConditional: {per_clas: 7}}\n", "per_clas"),
        ("  evaluation: {ClasConditional: {per_class: 7}}\n", "ClasConditional"),
        ("  evaluation: {ClassConditional: {per_class: many}}\n", "must be int"),
        ("  models: {Clasifier: {width: 8}}\n", "Clasifier"),
        ("  models: {Classifier: {widht: 8}}\n", "widht"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=said) as error:
        load_scale("small", written(tmp_path, content))
    assert "\n" not in str(error.value)
