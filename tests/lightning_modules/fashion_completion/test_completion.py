"""How trained completion models are used: generate, test_step, and the shape stage that a texture stage reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support.completion import TINY, TINY_BASELINE, batch, checkpoint, noise, rows

from common.errors import ConfigurationError
from lightning_modules.fashion_completion import BicycleGAN, FiNetShape, FiNetTexture, WeNShape, WeNTexture
from lightning_modules.fashion_completion.completion import Code
from lightning_modules.fashion_completion.palette import colour

KEY = "model.init_args.shape_checkpoint"


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[type, str]:
    torch.manual_seed(0)
    built = {WeNShape: WeNShape(**TINY), FiNetShape: FiNetShape(**TINY_BASELINE)}
    return {kind: str(checkpoint(tmp_path_factory.mktemp("stage"), module)) for kind, module in built.items()}


def texture(kind: type, stages: dict[type, str], **changes: Any) -> Any:
    torch.manual_seed(0)
    size = TINY if kind is WeNTexture else TINY_BASELINE
    return kind(shape_checkpoint=stages[kind.shape_class], **{**size, **changes}).eval()  # type: ignore[attr-defined]


def test_a_code_is_sampled_with_gradients_to_both_parts() -> None:
    code = Code(torch.tensor([1.0], requires_grad=True), torch.tensor([2.0], requires_grad=True))
    sample = code.sample(torch.tensor([3.0]))
    sample.backward()
    assert sample.item() == 7.0 and code.mean.grad == 1.0 and code.deviation.grad == 3.0


@pytest.mark.parametrize("kind", [WeNTexture, FiNetTexture])
def test_a_two_stage_test_step_has_both_variants_and_the_class_maps(kind: type, stages: dict[type, str]) -> None:
    module, data = texture(kind, stages), batch(3)
    with torch.no_grad():
        measured = module.test_step(data, 0)
    assert set(measured) == {"real", "inputs", "name", "generated", "segmentation"}
    assert list(measured["generated"]) == ["predicted_parsing", "ground_truth_parsing"]  # the first is the headline
    predicted, truth = measured["generated"].values()
    assert not torch.equal(predicted, truth)
    outside = (data["visible"] > 0).expand(-1, 3, -1, -1)
    for image in (predicted, truth):
        assert image.shape == data["person"].shape and image.abs().max() <= 1
        assert torch.equal(image[outside], data["person"][outside])
        assert not torch.equal(image[~outside], data["person"][~outside])
    segmentation = measured["segmentation"]
    assert set(segmentation) == {"predicted", "truth", "hole"}
    assert segmentation["predicted"].dtype == torch.int64 and segmentation["predicted"].shape == (3, 64, 64)
    hole = segmentation["hole"][:, 0] > 0
    assert torch.equal(hole, data["visible"][:, 0] == 0)
    assert torch.equal(segmentation["predicted"][~hole], data["parsing"][~hole])
    assert not torch.equal(segmentation["predicted"][hole], data["parsing"][hole])
    assert torch.equal(measured["real"], data["person"])
    assert (measured["inputs"][~outside] == 0).all() and measured["name"] == data["name"]


def test_one_stage_models_have_a_single_variant() -> None:
    torch.manual_seed(0)
    data = batch(2)
    outside = (data["visible"] > 0).expand(-1, 3, -1, -1)
    for module in (WeNTexture(**TINY, two_stage=False), BicycleGAN(**TINY_BASELINE)):
        with torch.no_grad():
            measured = module.eval().test_step(data, 0)
        assert set(measured) == {"real", "inputs", "name", "generated"}
        assert list(measured["generated"]) == ["single"]
        assert torch.equal(measured["generated"]["single"][outside], data["person"][outside])
        assert torch.equal(measured["inputs"], data["person"] * data["visible"])


def test_the_ground_truth_class_map_in_the_hole_reaches_only_the_variant_named_after_it(
    stages: dict[type, str],
) -> None:
    module, data = texture(FiNetTexture, stages), batch(2)
    data["parsing"][data["parsing"] == 1] = 0
    other = {**data, "parsing": torch.where(data["visible"][:, 0] > 0, data["parsing"], 7)}
    with torch.no_grad():
        one, two = (module.test_step(d, 0)["generated"] for d in (data, other))
    assert torch.equal(one["predicted_parsing"], two["predicted_parsing"])
    assert not torch.equal(one["ground_truth_parsing"], two["ground_truth_parsing"])


def test_the_target_garment_is_never_seen_in_testing(stages: dict[type, str]) -> None:
    module, data = texture(FiNetTexture, stages), batch(2)
    other = {**data, "target_garment": -data["target_garment"], "target_shape": 1 - data["target_shape"]}
    with torch.no_grad():
        one, two = (module.test_step(d, 0)["generated"] for d in (data, other))
    assert all(torch.equal(one[variant], two[variant]) for variant in one)


def test_test_noise_belongs_to_the_image_not_to_its_batch(stages: dict[type, str]) -> None:
    module, data = texture(FiNetTexture, stages), batch(4)
    with torch.no_grad():
        together = module.test_step(data, 0)["generated"]
        shuffled = module.test_step(rows(data, [3, 1]), 0)["generated"]
        again = module.test_step({**data, "index": data["index"] + 1}, 0)["generated"]
    for variant in together:
        torch.testing.assert_close(shuffled[variant], together[variant][[3, 1]], atol=1e-5, rtol=1e-4)
        assert not torch.equal(again[variant], together[variant])


@pytest.mark.parametrize("kind", [WeNShape, WeNTexture, FiNetShape, FiNetTexture, BicycleGAN])
def test_generate_repeats_with_the_same_generator(kind: type, stages: dict[type, str]) -> None:
    torch.manual_seed(0)
    data = batch(2)
    if hasattr(kind, "shape_class"):
        build: Any = lambda: texture(kind, stages)  # noqa: E731
    else:
        build = lambda: kind(**(TINY if kind is WeNShape else TINY_BASELINE)).eval()  # noqa: E731
    images = []
    with torch.no_grad():
        for seed in (1, 1, 2):
            torch.manual_seed(0)
            module = build()  # afresh: spectral normalisation moves a little at every pass
            torch.manual_seed(len(images))
            images.append(module.generate(data, noise(seed)))
    first, same, other = images
    assert first.shape == (2, 3, 64, 64) and first.abs().max() <= 1
    assert torch.equal(first, same)
    if kind not in (WeNShape, FiNetShape):  # whose few classes may survive other noise
        assert not torch.equal(first, other)


def test_a_shape_stage_generates_its_class_map_in_colours() -> None:
    torch.manual_seed(0)
    module, data = FiNetShape(**TINY_BASELINE).eval(), batch(2)
    with torch.no_grad():
        parsing = module.predict_parsing(data)
        assert torch.equal(module.generate(data), colour(parsing))
    assert torch.equal(parsing[data["visible"][:, 0] > 0], data["parsing"][data["visible"][:, 0] > 0])


@pytest.mark.parametrize("kind", [WeNShape, WeNTexture, FiNetTexture, BicycleGAN])
def test_a_preview_needs_no_shape_stage(kind: type) -> None:
    module = kind(**(TINY if kind.__name__.startswith("WeN") else TINY_BASELINE)).eval()
    with torch.no_grad():
        images = module.preview(batch(2))
    assert list(images) == ["input", "completed", "truth"]
    assert all(p.shape == (2, 3, 64, 64) and p.abs().max() <= 1 for p in images.values())


def test_the_shape_stage_is_read_once_and_stays_out_of_the_weights(stages: dict[type, str]) -> None:
    module, data = texture(WeNTexture, stages), batch(2)
    names = set(module.state_dict())
    with torch.no_grad():
        module.test_step(data, 0)
    stage = module.train().shape_stage()
    assert module.shape_stage() is stage
    assert not stage.training and not any(p.requires_grad for p in stage.parameters())
    assert set(module.state_dict()) == names
    assert set(dict(module.named_children())) == {"generator", "encoder", "context_encoder", "discriminator"}


def refusal(module: Any) -> str:
    with pytest.raises(ConfigurationError) as caught, torch.no_grad():
        module.test_step(batch(1), 0)
    message = str(caught.value)
    assert KEY in message and "\n" not in message and len(message) < 600
    return message


def test_a_missing_shape_checkpoint_is_said_in_one_line(tmp_path: Path) -> None:
    assert "is not set" in refusal(WeNTexture(**TINY))
    path = tmp_path / "nowhere.ckpt"
    message = refusal(WeNTexture(**TINY, shape_checkpoint=str(path)))
    assert str(path) in message and "does not exist" in message
    assert "is not set" in refusal(FiNetTexture(**TINY_BASELINE))


@pytest.mark.parametrize("damage", ["half", "empty", "junk", "weights only", "a list"])
def test_a_broken_shape_checkpoint_is_said_in_one_line(damage: str, stages: dict[type, str], tmp_path: Path) -> None:
    path, whole = tmp_path / "broken.ckpt", Path(stages[WeNShape]).read_bytes()
    if damage == "weights only":
        torch.save(WeNShape(**TINY).state_dict(), path)
    elif damage == "a list":
        torch.save([1, 2], path)
    else:
        path.write_bytes({"half": whole[: len(whole) // 2], "empty": b"", "junk": b"\x80junk" * 99}[damage])
    message = refusal(WeNTexture(**TINY, shape_checkpoint=str(path)))
    assert str(path) in message and "not a complete checkpoint of WeNShape" in message


def test_another_models_checkpoint_is_said_in_one_line(stages: dict[type, str], tmp_path: Path) -> None:
    message = refusal(WeNTexture(**TINY, shape_checkpoint=stages[FiNetShape]))
    assert "not a complete checkpoint of WeNShape" in message
    assert "FiNetShape" in refusal(FiNetTexture(**TINY_BASELINE, shape_checkpoint=stages[WeNShape]))
    texture_stage = checkpoint(tmp_path, WeNTexture(**TINY))
    assert "WeNShape" in refusal(WeNTexture(**TINY, shape_checkpoint=str(texture_stage)))


def test_a_checkpoint_is_of_its_own_size(stages: dict[type, str]) -> None:
    """A stage is rebuilt as it was trained, whatever the sizes of the model that reads it."""
    module = texture(WeNTexture, stages, width=8, max_width=16)
    assert module.shape_stage().hparams["width"] == 4
    module.test_step(batch(1), 0)
