"""A classifier trained on generated images, too: which they are, where they stand in a batch, and what learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support.class_data import ClassData
from support.class_images import CLASSES, SIZE, TINY_CLASSIFIER, class_images, generator_checkpoint
from support.completion import attach_optimizers, noise, trainer, watched_step
from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.callbacks.checkpointing import EVALUATED, RESUME, Checkpoints
from lightning_modules.conditional_gan import AugmentedClassifier
from lightning_modules.conditional_gan.added_images import AddedImages, draw_pairs
from lightning_modules.layers.counting import count_parameters
from lightning_modules.weights import weights_digest

TINY_AUGMENTED: dict[str, Any] = {
    **TINY_CLASSIFIER, "generated_per_label": 6, "generated_per_new_label": 2, "new_labels": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(generator_checkpoint(tmp_path_factory.mktemp("generator")))


def augmented(generator: str, real: int = 24, **changes: Any) -> AugmentedClassifier:
    torch.manual_seed(0)
    module = AugmentedClassifier(**{**TINY_AUGMENTED, **changes}, generator_checkpoint=generator)
    module.real_count = real
    return module


# The fixed set


def test_the_images_of_existing_labels() -> None:
    added = AddedImages(classes=4, each=6)
    numbers = torch.tensor([0, 5, 6, 23])
    assert len(added) == 24
    assert added.labels(numbers).tolist() == [0, 0, 1, 3]
    assert added.vectors(added.labels(numbers)).tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]


def test_the_vectors_of_new_labels_by_hand() -> None:
    added = AddedImages(classes=4, each=2, pairs=torch.tensor([[2, 0], [1, 3]]), mixture=0.75)
    numbers = torch.tensor([0, 1, 2, 3])
    assert len(added) == 4
    assert added.labels(numbers).tolist() == [4, 4, 5, 5]
    assert added.vectors(torch.tensor([4, 5])).tolist() == [[0.25, 0, 0.75, 0], [0, 0.75, 0, 0.25]]


def test_an_image_always_has_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    added = AddedImages(classes=4, each=6)
    together = added.latents(torch.tensor([3, 17]), 5)
    assert torch.equal(added.latents(torch.tensor([17]), 5)[0], together[1])
    assert len({tuple(code) for code in added.latents(torch.arange(24), 5).tolist()}) == 24
    more = AddedImages(classes=4, each=9)  # number 5 of label 2 is the same image, however many there are
    assert torch.equal(more.latents(torch.tensor([2 * 9 + 5]), 5)[0], together[1])
    monkeypatch.setenv("PL_GLOBAL_SEED", "1")
    assert not torch.equal(added.latents(torch.tensor([3]), 5)[0], together[0])


def test_pairs_are_different_people_and_different_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = draw_pairs(20, 190)  # all there are
    assert len({frozenset(pair) for pair in pairs.tolist()}) == 190
    assert (pairs[:, 0] != pairs[:, 1]).all() and pairs.min() == 0 and pairs.max() == 19
    assert torch.equal(draw_pairs(20, 30), pairs[:30])
    assert 60 < (pairs[:, 0] < pairs[:, 1]).sum() < 130  # either one first
    monkeypatch.setenv("PL_GLOBAL_SEED", "1")
    assert not torch.equal(draw_pairs(20, 30), pairs[:30])


# Batches


@pytest.mark.parametrize(("labels", "real", "share"), [("existing", 24, 0.5), ("interpolated", 18, 0.25)])
def test_generated_images_stand_in_their_share_of_places(labels: Any, real: int, share: float, generator: str) -> None:
    module = augmented(generator, real, labels=labels)
    assert module.share == share and module.generated_pictures == len(module.added_set)
    batch = class_images(400)
    mixed = module.mix(batch, noise())
    kept = (mixed["image"] == batch["image"]).flatten(1).all(1)
    assert abs((~kept).float().mean().item() - share) < 0.07
    assert torch.equal(mixed["label"][kept], batch["label"][kept])
    new = mixed["label"][~kept]
    expected = range(CLASSES) if labels == "existing" else range(CLASSES, CLASSES + 3)
    assert set(new.tolist()) == set(expected)
    assert torch.bincount(new)[expected[0] :].min() > 0.5 * len(new) / len(expected)


def test_a_batch_follows_from_its_iteration_alone(generator: str) -> None:
    module, batch = augmented(generator), class_images(16)
    first, again, other = (module.mix(batch, noise(seed)) for seed in (3, 3, 4))
    assert torch.equal(first["image"], again["image"]) and torch.equal(first["label"], again["label"])
    assert not torch.equal(first["image"], other["image"])
    assert torch.equal(batch["image"], class_images(16)["image"])  # left as it was


@pytest.mark.parametrize("labels", ["existing", "interpolated"])
def test_every_place_has_an_image_of_the_set_under_its_label(labels: Any, generator: str) -> None:
    module = augmented(generator, labels=labels)
    numbers = torch.arange(len(module.added_set))
    whole = {
        image.numpy().tobytes(): label
        for image, label in zip(
            module.generate_images(numbers).contiguous(), module.added_set.labels(numbers).tolist(), strict=True
        )
    }
    assert len(whole) == len(module.added_set)
    batch = class_images(40)
    mixed = module.mix(batch, noise())
    taken = [i for i in range(40) if not torch.equal(mixed["image"][i], batch["image"][i])]
    found = [whole[mixed["image"][i].contiguous().numpy().tobytes()] for i in taken]
    assert taken and found == mixed["label"][taken].tolist()


def test_images_have_8_bits_and_are_those_of_the_trained_generator(generator: str) -> None:
    from lightning_modules.conditional_gan import CVAE

    module, trained = augmented(generator), CVAE.load_from_checkpoint(generator, weights_only=True).eval()
    numbers = torch.tensor([7, 20])
    levels = (module.generate_images(numbers) + 1) * 127.5
    torch.testing.assert_close(levels, levels.round(), atol=1e-4, rtol=0)
    with torch.no_grad():
        exact = trained.sample(torch.tensor([1, 3]), module.added_set.latents(numbers, trained.latent_dim))
    assert (module.generate_images(numbers) - exact).abs().max() <= 0.5 / 127.5 + 1e-5


# The classifier


@pytest.mark.parametrize(("labels", "head"), [("existing", 530), ("interpolated", 5530)])
def test_the_head_and_the_counts(labels: Any, head: int) -> None:
    with torch.device("meta"):
        module = AugmentedClassifier(labels=labels)
    network: Any = module.network
    assert network.fc.out_features == head and module.classes == 530
    # torchvision's ResNet-18 without its head, and a head of 512 weights and a bias for each class.
    assert count_parameters(network, "paper") == 11_176_512 + 513 * head
    assert module.generated_pictures == {"existing": 106_000, "interpolated": 500_000}[labels]


def test_gradients_reach_the_classifier_and_nothing_else(generator: str) -> None:
    module = augmented(generator, labels="interpolated")
    before = weights_digest(module.frozen_generator())
    losses, (step,), _ = watched_step(module, class_images())
    assert losses["L_C"] > 0 and {name.partition(".")[0] for name in step.changed} == {"network"}
    assert weights_digest(module.frozen_generator()) == before
    assert all(parameter.grad is None for parameter in module.frozen_generator().parameters())
    assert not any("generator" in name for name in module.state_dict())
    module.train()
    assert not module.frozen_generator().network.training


def test_it_learns_both_real_and_new_people(generator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = augmented(generator, real=6, labels="interpolated", width=8, learning_rate=3e-3)
    shades = torch.linspace(-0.9, 0.9, 3)  # a generator that has learnt something: a shade a new label

    def made(numbers: Tensor) -> Tensor:
        return shades[module.added_set.labels(numbers) - CLASSES, None, None, None].expand(-1, 3, SIZE, SIZE)

    monkeypatch.setattr(module, "generate_images", made)
    attach_optimizers(module)
    for seed in range(40):
        module.step(class_images(32, seed=seed), noise(seed))
    unseen, numbers = class_images(64, seed=100), torch.arange(6)
    with torch.no_grad():
        assert (module.eval()(unseen["image"]).argmax(1) == unseen["label"]).float().mean() > 0.9
        assert torch.equal(module(made(numbers)).argmax(1), module.added_set.labels(numbers))


def test_a_killed_training_goes_on_as_if_nothing_had_happened(generator: str, tmp_path: Path) -> None:
    def train(folder: Path, stop: int, checkpoint: Path | None = None) -> str:
        module = augmented(generator, real=0, labels="interpolated", max_iterations=stop)
        fitting = trainer(folder, Checkpoints())
        fitting.fit(module, datamodule=Resumed(2 if checkpoint else 0), ckpt_path=checkpoint, weights_only=True)
        assert (module.iteration, module.real_count) == (stop, 20)
        return weights_digest(module)

    whole = train(tmp_path / "whole", 4)
    train(tmp_path / "stopped", 2)
    assert train(tmp_path / "stopped", 4, tmp_path / "stopped" / RESUME) == whole
    loaded = AugmentedClassifier.load_from_checkpoint(tmp_path / "whole" / EVALUATED["last"], weights_only=True)
    assert weights_digest(loaded) == whole and (loaded.classes, loaded.new_labels) == (CLASSES, 3)
    assert loaded.name_of(2) == "Ben"


class Resumed(ClassData):
    """Goes on after some batches, and knows its people by name."""

    class_names = ("Ada", "Eve", "Ben", "Tom")

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def train_dataloader(self) -> Any:
        return self.in_order(self.train[self.after * self.batch_size :])


# What is said where it cannot be


WRONG = [
    ({"labels": "new"}, "labels: new; there are existing and interpolated"),
    ({"labels": "interpolated", "new_labels": 7}, "new_labels: 7; 4 classes have 6 pairs; give 1 to 6"),
    ({"generated_per_label": 0}, "generated_per_label: 0; give 1 or more"),
    ({"generated_per_new_label": 0}, "generated_per_new_label: 0; give 1 or more"),
    ({"mixture": 1.0}, "mixture: 1.0; give a number between 0 and 1"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_a_setting_out_of_range_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        AugmentedClassifier(**{**TINY_AUGMENTED, **changes})
    assert str(caught.value) == f"model.init_args.{said}"


def test_a_missing_generator_is_said_before_anything_is_trained() -> None:
    module = AugmentedClassifier(**TINY_AUGMENTED)
    with pytest.raises(ConfigurationError, match=r"generator_checkpoint is not set: .*cvae_gan\.yaml") as caught:
        module.setup("fit")
    assert "\n" not in str(caught.value)
    module.setup("test")  # needs none


# Examples to look at


def test_examples_of_a_new_label_are_between_its_people(generator: str) -> None:
    module = augmented(generator, labels="interpolated")
    module.class_names = ["Ada", "Eve", "Ben", "Tom"]
    found = module.examples(8)
    assert list(found.columns) == ["First person", "New label", "Second person", "New label, 2"]
    assert "with the new label" in found.caption
    assert module.added_set.pairs is not None and len(found.lines) == 3  # there are no more
    first, second = module.added_set.pairs[0].tolist()
    assert found.lines[0] == f"{module.class_names[first]} and {module.class_names[second]}"
    code = module.added_set.latents(torch.tensor([0]), 6)
    made = module.frozen_generator()(code, torch.eye(CLASSES)[[first]])
    assert torch.equal(found.columns["First person"][:1], made)
    assert torch.equal(found.columns["New label"], module.generate_images(torch.tensor([0, 2, 4])))
    assert torch.equal(found.columns["New label, 2"], module.generate_images(torch.tensor([1, 3, 5])))


def test_examples_of_existing_labels_are_spread_over_all(generator: str) -> None:
    found = augmented(generator).examples(2)
    assert (found.lines, list(found.columns)) == (["label 0", "label 2"], ["1", "2", "3", "4"])
    assert found.caption == "Rows: labels. Columns: codes."
    assert torch.equal(found.columns["2"], augmented(generator).generate_images(torch.tensor([1, 13])))
    assert len(augmented(generator).examples(8).lines) == CLASSES
