"""The applications of Figures 4.8 to 4.12, on images and a model whose numbers can be computed by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from support.class_data import ClassData
from support.class_images import TINY
from support.painted_classes import Averager, FirstOnly, Paints, Reddish

from lightning_modules.conditional_gan import CGAN, CVAE
from lightning_modules.conditional_gan.applications import (
    APPLICATIONS,
    AttributeRetrieval,
    ClassGrid,
    Inpainting,
    LatentPlane,
    Morphing,
    NearestNeighbours,
)
from lightning_modules.conditional_gan.applications.choices import counts_per_class, held_out_images
from lightning_modules.conditional_gan.applications.morphing import step_unevenness
from lightning_modules.evaluation.class_conditional import latent_codes
from lightning_modules.evaluation.class_context import ClassContext
from lightning_modules.metrics.features import Features

GREY = [[0.5, 0.5, 0.5]] * 6
#: Of the image, at 32 pixels.
HOLE = 12 * 12 / (32 * 32)


def given(colours: Any, model: Any = None, recogniser: bool = False, **data: Any) -> ClassContext:
    return ClassContext(model or Averager(), Paints(colours, **data), Reddish() if recogniser else None)  # type: ignore[arg-type]


def test_images_are_spread_over_classes() -> None:
    assert (
        counts_per_class(7, 3) == [3, 2, 2]
        and counts_per_class(2, 4) == [1, 0, 1, 0]
        and counts_per_class(6, 3) == [2, 2, 2]
    )
    one = given([[i / 12, 0.0, 0.0] for i in range(12)], held_out=(1, 4, 7, 8))
    found = held_out_images(one, 3)
    assert len(set(found)) == 3 and set(found) <= {1, 4, 7, 8} and 8 in found  # class 2 has but one
    assert sorted(held_out_images(one, 9)) == [1, 4, 7, 8] and sorted(held_out_images(one, 9, 1)) == [1, 4, 7]
    with pytest.raises(ValueError, match="label: 3; the data have labels 0 to 2"):
        held_out_images(one, 1, 3)
    with pytest.raises(ValueError, match="no image is held out"):
        held_out_images(given(GREY), 1)


def test_inpainting_is_equation_4_6() -> None:
    outcome = Inpainting(count=1)(given(GREY, held_out=(0,)))
    filled = 0.5 * (1 - HOLE)  # the mean of the damaged image
    original, damaged, repaired = (outcome.images[name][0, 0] for name in ("original", "damaged", "repaired"))
    inside = repaired[10:22, 10:22]
    assert torch.allclose(inside, torch.full((12, 12), filled)) and damaged[10:22, 10:22].abs().max() == 0
    assert (original != repaired).sum() == (original != damaged).sum() == 144
    levels = round((1 + 0.5) * 127.5), round((1 + filled) * 127.5)
    assert levels == (191, 182)
    assert outcome.numbers["inpainting_psnr"] == pytest.approx(10 * math.log10(255**2 / 9**2))
    assert outcome.numbers["inpainting_psnr_mean_fill"] == 100.0
    assert outcome.numbers["inpainting_ssim_mean_fill"] == pytest.approx(1.0)
    assert "12 x 12 of 32 x 32 pixels in the middle." in outcome.caption and "29.05 dB" in outcome.findings


def test_inpainting_in_rounds_sees_what_it_repaired() -> None:
    outcome = Inpainting(count=1, rounds=2)(given(GREY, held_out=(0,)))
    first = 0.5 * (1 - HOLE)
    second = 0.5 * (1 - HOLE) + first * HOLE
    assert outcome.images["repaired"][0, 0, 16, 16].item() == pytest.approx(second)
    assert "repaired in 2 rounds" in outcome.caption


def test_holes_are_keyed_by_name_and_inside() -> None:
    use, names = Inpainting(place="random", hole=5), [f"{i}.jpg" for i in range(4)]
    holes = use.hole_masks(names, 32)
    assert torch.equal(holes, use.hole_masks(names, 32)) and holes.sum((1, 2, 3)).tolist() == [25.0] * 4
    assert len({tuple(hole.nonzero()[0].tolist()) for hole in holes}) > 1
    assert torch.equal(holes[2:3], use.hole_masks(names[2:3], 32))
    corner = Inpainting(hole=31).hole_masks(names[:1], 32)
    assert corner[0, 0, :31, :31].all()
    there = given(GREY, held_out=range(6))
    shown = Inpainting(count=2, place="random", hole=5)(there).images
    first = there.data.images[held_out_images(there, 2)[0]].name
    assert torch.equal((shown["original"] != shown["damaged"])[0, :1], use.hole_masks([first], 32)[0] == 1)
    for wrong in (0, 32):
        with pytest.raises(ValueError, match=f"hole: {wrong} pixels of 32; give 1 to 31"):
            Inpainting(hole=wrong)(there)


def test_inpainting_of_small_images_has_no_numbers_and_says_why() -> None:
    outcome = Inpainting()(given(GREY, Averager(16), held_out=(0,), side=16))
    assert set(outcome.numbers.values()) == {None} and outcome.numbers.keys() == outcome.reasons.keys()
    assert "6 x 6 pixels; SSIM needs 11 x 11" in outcome.findings


def test_morphing_mixes_codes_and_measures_the_way() -> None:
    colours = [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]  # 0 and 3 are of class 0
    outcome = Morphing()(given(colours, recogniser=True, held_out=(3,)))
    reds = outcome.images["between"][:, 0, 0, 0]
    assert torch.allclose(reds, torch.linspace(1, -1, 9)) and outcome.images["ends"][:, 0, 0, 0].tolist() == [1, -1]
    assert outcome.numbers["morphing_top1"] == pytest.approx(100 * 4 / 7)  # red is half way up in four
    assert outcome.numbers["morphing_top1_ends"] == 50.0
    assert outcome.numbers["morphing_largest_step"] == pytest.approx(1.0)
    assert "57 % of the mixtures, and in 50 %" in outcome.findings
    with pytest.raises(ValueError, match="no class has two images"):
        Morphing()(given(colours[:3]))
    with pytest.raises(ValueError, match="steps: 2; give 3 or more"):
        Morphing(steps=2)(given(colours))


def test_the_largest_step_over_the_mean_one() -> None:
    way = torch.tensor([0.0, 0.1, 0.4]).view(1, 3, 1, 1, 1).expand(-1, -1, 3, 2, 2)
    assert step_unevenness(way).tolist() == pytest.approx([0.3 / 0.2])
    assert step_unevenness(torch.zeros(1, 3, 3, 2, 2)).tolist() == [1.0]


def test_points_of_the_plane_become_codes_for_every_label() -> None:
    colours = [[a, b, 0.2] for a, b in ((0.5, 0.1), (-0.5, 0.1), (0.5, -0.1), (-0.5, -0.1), (0.0, 0.0), (0.0, 0.0))]
    outcome = LatentPlane(count=3)(given(colours))
    assert outcome.numbers == {"latent_plane_explained": pytest.approx(100.0)}
    made = outcome.images["generated"][:, :, 0, 0].unflatten(0, (3, 5))  # labels, points
    assert torch.equal(made[0], made[1]) and torch.equal(made[0], made[2])
    deviations = 2 * torch.tensor([math.sqrt(4 * 0.25 / 5), math.sqrt(4 * 0.01 / 5)])
    expected = [(-deviations[0], 0.0), (0.0, 0.0), (deviations[0], 0.0), (0.0, -deviations[1]), (0.0, deviations[1])]
    assert torch.allclose(made[0], torch.tensor([[float(a), float(b), 0.2] for a, b in expected]), atol=1e-6)


def test_a_grid_shows_classes_beside_a_real_image_of_each() -> None:
    colours = [[-0.5, 0.1 * i, 0.0] for i in range(9)]
    one = given(colours, recogniser=True, held_out=(4, 5))
    outcome = ClassGrid(count=2, images=3)(one)
    assert outcome.images["real"][1, 1, 0, 0].item() == pytest.approx(0.4)  # of class 1, and held out
    made = outcome.images["generated"][:, :, 0, 0]
    codes = torch.cat([z for _, z in latent_codes([3, 3, 0], 3)])
    assert torch.allclose(made, codes)  # what a test makes of the same classes
    right = int((codes[:3, 0] >= 0).sum() + (codes[3:, 0] < 0).sum())  # the recogniser takes red ones for class 0
    assert outcome.findings == f"A recogniser assigns {right} of these 6 images to their class."
    assert outcome.numbers == {} and "2 of 3 classes" in outcome.caption
    alone = ClassGrid(label=2, images=1)(given(colours))
    assert len(alone.images["generated"]) == 1 and alone.findings == ""
    with pytest.raises(ValueError, match="images: 0; give 1 or more"):
        ClassGrid(images=0)(one)


def test_a_copy_of_a_training_image_is_found_and_counted() -> None:
    colours = [[-0.6, 0.1 * i, 0.0] for i in range(8)]
    one = given(colours, FirstOnly(colours[2]), recogniser=True, held_out=(6, 7))
    outcome = NearestNeighbours(count=2, neighbours=3, measured=5)(one)
    assert outcome.numbers == {
        "memorisation_pixels_ratio": 0.0,
        "memorisation_pixels_nearer_training": 100.0,
        "memorisation_recogniser_ratio": pytest.approx(0.0, abs=1e-6),
        "memorisation_recogniser_nearer_training": 100.0,
        "memorisation_expected": 75.0,
    }
    greens = outcome.images["pixels"][:, 1, 0, 0].unflatten(0, (2, 3))
    assert greens[0].tolist() == pytest.approx([0.2, 0.1, 0.3])
    assert "6 training images by pixels and by a recogniser's features" in outcome.caption


def test_neighbours_without_recogniser_or_held_out_images() -> None:
    outcome = NearestNeighbours()(given(GREY, FirstOnly(GREY[0])))
    assert set(outcome.numbers.values()) == {None}
    assert outcome.reasons["memorisation_pixels_ratio"] == "no image is held out of training"
    assert "no recogniser" in outcome.reasons["memorisation_recogniser_ratio"]
    assert set(outcome.images) == {"generated", "pixels"}


def test_a_recogniser_that_sees_nothing_leaves_the_pixels() -> None:
    one = given(GREY, FirstOnly(GREY[0]), recogniser=True, held_out=(5,))
    one.recogniser._forward = lambda images: Features(torch.zeros(len(images), 4), torch.zeros(len(images), 3))  # type: ignore[union-attr,method-assign]
    outcome = NearestNeighbours()(one)
    assert outcome.reasons["memorisation_recogniser_ratio"] == "a vector is zero: it has no direction"
    assert outcome.numbers["memorisation_pixels_ratio"] == 1.0 and "recogniser" not in outcome.images


#: The nearest of each by hand: 0 and 1 of each other, 2 of 1, 3 of 2, 4 of 3, 5 of 0.
REDS = [[red, 0.0, 0.0] for red in (0.0, 0.1, 0.3, 0.6, 1.0, -0.5)]


def test_retrieval_counts_attributes_and_classes_beside_chance() -> None:
    told = [[0, 1], [0, 1], [1, 1], [1, 1], [1, 1], [0, 1]]
    outcome = AttributeRetrieval(count=2, neighbours=1)(given(REDS, held_out=(2, 5), attributes=told))
    assert outcome.numbers == {
        "retrieval_attributes": pytest.approx(100 * (1 / 2 + 1) / 2),  # of the two held-out images, not of all six
        "retrieval_attributes_chance": pytest.approx(100 * (2 / 5 + 1) / 2),
        "retrieval_same_class": 0.0,
        "retrieval_same_class_chance": pytest.approx(20.0),
    }
    reds = (outcome.images[name][:, 0, 0, 0].tolist() for name in ("queries", "found"))
    found = {round(query, 3): round(answer, 3) for query, answer in zip(*reds, strict=True)}
    assert found == {0.3: 0.1, -0.5: 0.0}
    assert "a 0 50 % (40 %); a 1 100 % (100 %)" in outcome.findings


def test_retrieval_without_attributes_says_so() -> None:
    outcome = AttributeRetrieval(neighbours=9)(given(REDS, held_out=(1, 4)))
    assert outcome.numbers["retrieval_same_class"] == pytest.approx(20.0)  # all others are found
    assert outcome.reasons["retrieval_attributes"] == "Paints has no attributes of these images"


def test_retrieval_measures_held_out_images_though_few_are_searched() -> None:
    outcome = AttributeRetrieval(neighbours=1, most=1, measured=1)(given(REDS, held_out=(4, 5)))
    assert outcome.numbers["retrieval_same_class_chance"] is not None
    without = AttributeRetrieval()(given(REDS))
    assert set(without.numbers.values()) == {None}
    assert set(without.reasons.values()) == {"no image is held out of training"}


@pytest.mark.parametrize("kind", APPLICATIONS)
def test_every_application_on_an_untrained_model_is_the_same_again(kind: Any) -> None:
    torch.manual_seed(0)
    module = CVAE(**TINY).eval()
    with torch.no_grad():
        first, again = (kind()(ClassContext(module, ClassData())) for _ in range(2))
    assert tuple(sorted(first.numbers)) == tuple(sorted(kind.measures))
    assert {name for name, value in first.numbers.items() if value is None} == set(first.reasons)
    assert first.numbers == again.numbers and first.sheet.tobytes() == again.sheet.tobytes()
    assert all(torch.isfinite(images).all() for images in first.images.values()) and first.caption


def test_what_needs_an_encoder_says_so() -> None:
    use = ClassContext(CGAN(**TINY).eval(), ClassData())
    for kind in APPLICATIONS:
        if kind not in (ClassGrid, NearestNeighbours):
            with pytest.raises(ValueError, match="CGAN has no encoder"):
                kind()(use)
    with torch.no_grad():
        assert NearestNeighbours()(use).numbers["memorisation_expected"] == pytest.approx(100 * 20 / 24)
