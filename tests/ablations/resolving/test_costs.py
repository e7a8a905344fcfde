"""Exact costs of the paper-scale networks: multiply-accumulates, operations, bytes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from support.house import House, Model
from support.house_models import the_class
from support.small_table import TEXT, small_table

from ablations.resolving.parameters import image_size, paper_counts
from lightning_modules.conditional_gan import CGAN, CVAEGAN
from lightning_modules.fashion_completion import BicycleGAN, WeNTexture
from lightning_modules.layers.counting import count_macs
from lightning_modules.recognition import Classifier

META = torch.device("meta")
HOUSE = House()
COSTS = TEXT.replace(
    "stages:\n",
    """\
  - {id: macs_G, label: G (MACs), cost: macs, of: generator, unit: G}
  - {id: flops_G, label: G (FLOPs), cost: flops, of: generator, unit: G}
  - {id: size_D, label: D (bytes), cost: bytes, of: discriminator, unit: MiB}
  - {id: half_D, label: D (half), cost: fp16_bytes, of: discriminator, unit: MB}
stages:
""",
)


def macs_of(model: torch.nn.Module, size: int) -> dict[str, int]:
    """The multiply-accumulates of all networks of a model on the meta device."""
    with torch.no_grad():
        inputs = model.eval().example_inputs((size, size), META)  # type: ignore[operator]
    there = {name: getattr(model, name, None) for name in inputs}
    return {name: count_macs(net, inputs[name]) for name, net in there.items() if net is not None}


def convolutions(channels: list[int], kernel: int, size: int) -> int:
    """Multiply-accumulates of a chain of convolutions that each halve a map which is `size` wide at first."""
    found = 0
    for i, (before, after) in enumerate(pairwise(channels)):
        found += before * after * kernel**2 * (size >> i + 1) ** 2
    return found


def test_the_discriminators_of_table_3_2_by_hand() -> None:
    with META:
        plain, conditional = CVAEGAN(freeze_classifier=False), CGAN()
    channels = [3, 64, 128, 256, 512, 512]
    assert macs_of(plain, 128)["discriminator"] == convolutions(channels, 4, 128) + 512 * 16
    more = 530 * 512 * 16 * 4**2  # the label's maps, at the last convolution
    assert macs_of(conditional, 128)["discriminator"] == convolutions(channels, 4, 128) + 512 * 16 + more


def test_networks_of_the_image_synthesis_thesis() -> None:
    with META:
        model = CVAEGAN(freeze_classifier=False)
    found = {name: round(macs / 1e9, 2) for name, macs in macs_of(model, 128).items()}
    assert found == {"generator": 1.63, "discriminator": 0.48, "classifier": 1.26, "encoder": 0.52}


def test_bicyclegan_s_discriminator_by_hand() -> None:
    with META:
        model = BicycleGAN()
    found = 0
    for size, width in ((256, 64), (128, 32)):  # two discriminators, the second half as wide at half the size
        found += convolutions([3, width, 2 * width, 4 * width], 4, size)
        inner = size // 8 - 1  # two convolutions of stride 1 follow, each one position smaller
        found += 4 * width * 8 * width * 16 * inner**2 + 8 * width * 16 * (inner - 1) ** 2
    assert macs_of(model, 256)["discriminator"] == found


@pytest.mark.parametrize("model", HOUSE.models(), ids=lambda model: f"{model.family}-{model.name}")
def test_every_model_s_networks_run_on_its_example_inputs(model: Model) -> None:
    with META:
        built = the_class(model)()
    found = macs_of(built, getattr(built, "resolution", 256))
    assert all(macs > 0 for macs in found.values())
    named = {"generator", "encoder", "context_encoder", "discriminator"}
    if model.family in ("fashion_completion", "conditional_gan"):
        assert named & {name for name, net in built.named_children()} <= set(found)


def test_example_inputs_are_for_a_size_on_a_device() -> None:
    model = WeNTexture(width=4, max_width=8, levels=4)
    inputs = model.eval().example_inputs((64, 48), torch.device("cpu"))
    assert [tuple(tensor.shape) for tensor in inputs["context_encoder"]] == [(1, 12, 64, 48)]
    assert tuple(model.generator(*inputs["generator"])[-1].shape) == (1, 3, 64, 48)
    (image,) = Classifier(resolution=32, width=4).example_inputs((32, 32), torch.device("cpu"))["network"]
    assert tuple(image.shape) == (1, 3, 32, 32)


def test_costs_are_of_the_paper_s_size_and_only_those_that_a_column_shows(tmp_path: Path) -> None:
    counts = paper_counts(small_table(tmp_path, COSTS))["full"]
    with META:
        macs = macs_of(WeNTexture(count_parity=True), 256)["generator"]
    assert counts["generator"] == {"paper": 3_050_562, "live": 2_848_768, "macs": macs, "flops": 2 * macs}
    size = {"bytes": 4 * 1_589_345, "fp16_bytes": 2 * 1_589_345}
    assert counts["discriminator"] == {"paper": 1_589_345, "live": 1_097_793, **size}
    assert set(paper_counts(small_table(tmp_path))["full"]["generator"]) == {"paper", "live"}


def test_a_network_whose_input_is_not_said_has_no_operations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WeNTexture, "example_inputs", lambda self, size, device: {})
    counts = paper_counts(small_table(tmp_path, COSTS))["full"]
    assert set(counts["generator"]) == {"paper", "live"}
    assert set(counts["discriminator"]) == {"paper", "live", "bytes", "fp16_bytes"}


@pytest.mark.parametrize(
    ("arguments", "size"),
    [({"resolution": 64}, (64, 64)), ({"resolution": [64, 48]}, (64, 48)), ({"size": (64, 48)}, (64, 48)), ({}, None)],
)
def test_costs_are_of_an_image_of_the_data_s_height_and_width(
    arguments: dict[str, object], size: tuple[int, int] | None
) -> None:
    assert image_size({"data": {"init_args": arguments}}) == size
