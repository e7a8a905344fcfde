"""What a scale may say of a family besides its own models: how tests measure, and classifiers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablations.resolving.configs import resolve
from ablations.resolving.scales import load_scale
from ablations.tables.schema import find_table
from common.errors import TableError


def written(folder: Path, family: str) -> Path:
    path = folder / "conditional_gan" / "scales" / "small.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"about: a scale\njobs: 1\n{family}")
    return folder


def test_tests_measure_as_the_scale_says(tmp_path: Path) -> None:
    content = "models:\n  Classifier: {width: 8}\n"
    content += "evaluation: {ClassConditional: {per_class: 7}, ConditionalEvaluator: {samples: 2}}\n"
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
        ("evaluation: {ClassConditional: {per_clas: 7}}\n", "per_clas"),
        ("evaluation: {ClasConditional: {per_class: 7}}\n", "ClasConditional"),
        ("evaluation: {ClassConditional: {per_class: many}}\n", "must be int"),
        ("models: {Clasifier: {width: 8}}\n", "Clasifier"),
        ("models: {Classifier: {widht: 8}}\n", "widht"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=said) as error:
        load_scale("small", written(tmp_path, content))
    assert "\n" not in str(error.value)


def test_sizes_that_families_share_stand_once(tmp_path: Path) -> None:
    """An included file sizes the classifier of both families; a family's own file has the last word."""
    for family, more in (("conditional_gan", ""), ("other", "models: {Classifier: {width: 9}}\n")):
        path = tmp_path / family / "scales" / "small.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(f"about: a scale\njobs: 1\ninclude: [recognition]\n{more}")
    shared = tmp_path / "recognition" / "scales" / "small.yaml"
    shared.parent.mkdir(parents=True)
    shared.write_text("data: {FaceScrub: {synthetic: 5, resolution: 16}}\nmodels: {Classifier: {width: 8}}\n")
    scale = load_scale("small", tmp_path)
    assert list(scale.families) == ["conditional_gan", "other"]
    assert scale.family("conditional_gan").models == {"Classifier": {"width": 8}}
    assert scale.family("other").models == {"Classifier": {"width": 9}}
    assert scale.family("other").data_module("FaceScrub").synthetic == 5
    with pytest.raises(TableError, match=r"ring has no scale 'small'; write .*ring/scales/small.yaml"):
        scale.family("ring")
    path.write_text("about: a scale\njobs: 1\ninclude: [recogniton]\n")
    with pytest.raises(TableError, match=r"small.yaml:3: include.*did you mean 'recognition'"):
        load_scale("small", tmp_path)
