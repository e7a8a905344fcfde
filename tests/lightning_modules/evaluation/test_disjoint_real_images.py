"""The row of real images and what all rows are compared with share no image, for every data set and every scale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from support.class_data import CLASSES, SIZE, ClassData, Named, PixelReader, judged
from support.cub_folder import write_cub
from support.facescrub_folder import write_folder
from support.flowers_folder import write_flowers

from ablations.resolving.scales import load_scale, scale_names
from common.errors import ConfigurationError
from datamodules import CUB200, LFW, FaceScrub, Flowers102
from datamodules.catalogue import by_name
from datamodules.labelled import LabelledImages
from datamodules.synthetic.faces.facescrub import people_in
from lightning_modules.conditional_gan import RealImages
from lightning_modules.evaluation import ClassConditional
from lightning_modules.labelled_data import describe_reference, disjoint_halves, held_out, in_class_order

_KINDS = 20  # of synthetic birds and flowers
#: Images of each class in the published sets, roughly: 80,000 faces of 530 people, 11,788 birds, 8,189 flowers.
_PUBLISHED: dict[type[LabelledImages], list[int]] = {
    FaceScrub: [39 + 3 * (i % 75) for i in range(530)],
    CUB200: [41 + i % 20 for i in range(200)],
    Flowers102: [40 + 218 * (i % 2) * i // 102 for i in range(102)],
}


def synthetic_counts(kind: type[LabelledImages], scale: str) -> list[int]:
    """The synthetic images of each class at a scale, which are drawn in turns."""
    given = load_scale(scale).family("conditional_gan").data_module(kind.__name__).synthetic
    total = given or by_name()[kind.data_sets["root"]].count  # type: ignore[attr-defined]
    classes = people_in(total) if kind is FaceScrub else min(total, _KINDS)
    return [len(range(k, total, classes)) for k in range(classes)]


def listed(
    kind: type[LabelledImages], counts: Sequence[int], monkeypatch: pytest.MonkeyPatch, **arguments: Any
) -> LabelledImages:
    """A data module that finds so many images of each class, whose files are nowhere."""
    images = [Named(f"{kind.__name__} {k} {n}", k) for k, count in enumerate(counts) for n in range(count)]
    names = [f"class {k}" for k in range(len(counts))]
    monkeypatch.setattr(kind, "list_images", lambda self: (names, images))
    data = kind("nowhere", **arguments)  # type: ignore[call-arg]
    data.setup("test")
    return data


def asked_for(data: Any, per_class: int) -> tuple[list[int], list[int]]:
    """The positions that a test of real images reads: of the reference, and of the row."""
    read: list[list[int]] = []

    def in_order(part: Sequence[int]) -> list[dict[str, Any]]:
        read.append(list(part))
        return [{"image": torch.empty(len(part), 0)}]

    data.in_order = in_order
    module = RealImages(data.class_count, SIZE)
    module._trainer = SimpleNamespace(datamodule=data)  # type: ignore[assignment]
    _, requests = ClassConditional(per_class=per_class).requests(data, module)
    for batch in requests:
        module.sample(batch["label"], batch["latent"])
    return read[0], sorted({i for part in read[1:] for i in part})


def require_disjoint(data: Any, per_class: int) -> None:
    reference, row = asked_for(data, per_class)
    assert not set(reference) & set(row)
    sizes = [min(per_class, len(positions) // 2) for positions in in_class_order(data)]
    assert len(set(reference)) == len(reference) == len(row) == sum(sizes) > 0
    for positions in (reference, row):
        found = torch.bincount(torch.tensor([data.images[i].label for i in positions]), minlength=data.class_count)
        assert found.tolist() == sizes


@pytest.mark.parametrize("scale", scale_names())
@pytest.mark.parametrize("kind", _PUBLISHED)
@pytest.mark.parametrize("published", [False, True])
def test_no_image_is_compared_with_itself(
    kind: type[LabelledImages], scale: str, published: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = load_scale(scale).family("conditional_gan")
    per_class = family.evaluation.get("ClassConditional", {}).get("per_class", ClassConditional().per_class)
    counts = _PUBLISHED[kind] if published else synthetic_counts(kind, scale)
    data = listed(kind, counts, monkeypatch, **family.data_module(kind.__name__).arguments)
    require_disjoint(data, per_class)


@pytest.mark.parametrize("per_class", [1, 2, 100])
@pytest.mark.parametrize("official", ["facescrub", "cub", "flowers"])
def test_nor_in_folders_of_the_official_layouts(official: str, per_class: int, tmp_path: Path) -> None:
    data: LabelledImages
    if official == "facescrub":
        data = FaceScrub(str(write_folder(tmp_path / "set")), 16, 2, cache_dir=str(tmp_path / "cache"))
        data.prepare_data()
    elif official == "cub":
        data = CUB200(str(write_cub(tmp_path)), 16, 2)
    else:
        data = Flowers102(str(write_flowers(tmp_path, [1, 2, 3, 4, 4] * 4)), 16, 2)
    data.setup("test")
    require_disjoint(data, per_class)


def test_lfw_has_pairs_and_no_row_of_real_images(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="LFW has no class_count"):
        ClassConditional().requests(LFW(str(tmp_path)), RealImages(CLASSES, SIZE))


def test_halves_by_hand() -> None:
    data = ClassData(count=20, held_out=4)  # 5 images of each class, the last of them held out
    order, unseen = in_class_order(data), held_out(data)
    for per_class, size in ((1, 1), (2, 2), (3, 2), (50, 2)):
        halves = disjoint_halves(data, per_class)
        assert halves.reference == [positions[:size] for positions in order]
        assert halves.row == [positions[: -size - 1 : -1] for positions in order]
    assert all(set(positions) & unseen for positions in halves.row)  # held-out images come first
    assert not any(set(positions) & unseen for positions in halves.reference)


def test_a_class_of_one_image_is_in_neither_half() -> None:
    data = ClassData(count=5, held_out=1)  # class 0 has two images, the others one
    assert [list(map(len, side)) for side in disjoint_halves(data, 3)] == [[1, 0, 0, 0]] * 2
    assert describe_reference(data, 3).startswith("0 to 1 real images of each class")
    with pytest.raises(ConfigurationError, match="no class has two images"):
        ClassConditional().requests(ClassData(count=4, held_out=0), RealImages(CLASSES, SIZE))


def test_the_protocol_says_which_halves_there_are() -> None:
    whole, halved = (describe_reference(ClassData(count=24), n) for n in (3, 4))
    assert whole == "3 real images of each class, none of which is in the row of real images"
    assert halved == f"{whole}; half of their images for 4 of 4 classes with fewer than 2 x 4"


def test_real_images_are_not_at_distance_0_of_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightning_modules.evaluation.class_conditional.select_features", lambda *_: PixelReader())
    result = judged(tmp_path, RealImages(CLASSES, SIZE), ClassData(count=24, held_out=4), per_class=50)[0].result
    assert result is not None and "reference" in result["protocol_fields"]
    protocol = result["protocol"]
    assert protocol["generated"] == protocol["real"] == 12 and "half of their images for 4" in protocol["reference"]
    assert result["metrics"]["fd_pixels"] > 0.01
    assert result["metrics"]["class_diversity"] != pytest.approx(1, abs=1e-6)
