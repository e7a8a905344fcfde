"""The judge of a model that makes images of classes from labels and latent codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from lightning_modules.base import GenerativeModule
from lightning_modules.callbacks.preserve_state import as_it_was
from lightning_modules.evaluation.applications import Applications
from lightning_modules.evaluation.class_images import ClassPictures
from lightning_modules.evaluation.evaluator import Judge, Result, Settings, result_of
from lightning_modules.evaluation.real_images import held_out, in_class_order, labelled
from lightning_modules.evaluation.recogniser import Recogniser
from lightning_modules.evaluation.reconstructions import PROTOCOL, Reconstructions
from lightning_modules.metrics.by_class import COMPARED, RECOGNISED, ClassMetrics
from lightning_modules.metrics.features import select_features
from lightning_modules.metrics.reconstructions import RECONSTRUCTED
from lightning_modules.randomness import keyed_generator

#: What it measures besides what the feature network names.
MEASURES = (*RECOGNISED, *COMPARED, *RECONSTRUCTED)
#: The name of what is generated, in results and pictures.
HEADLINE = "sample"

_TOGETHER = 128  # images that are generated in one call, or one class where that is more


class ByClass(Judge):
    """Generates `per_class` images of every class, and compares them with as many real ones at most.

    The model has `classes` K, `resolution`, `latent_dim` Z and `sample(labels (B,), latents (B, Z))`, which gives
    (B, 3, R, R) in [-1, 1]. Latents are N(0, I), keyed by class and number alone: the same for every model and seed,
    however many are generated together. A model that has only so many images of a class says so by `available()`, (K,)
    int64. Real images come from the data module's list, first those trained on (see `in_class_order`). The test's own
    batches, which are held out of training, say how good the recogniser is; a model with `reconstruct` gives them back,
    see Reconstructions. One that offers `applications()` is used for these at the end, see Applications; the result has
    their captions under "applications".

    Source: image-synthesis thesis, sections 3.4.4 and 4.3.4; the recogniser's score and top-1 are those of Tables 3.4
    and 4.1. The other metrics see what these do not: a generator of one perfect image of each class.
    """

    def __init__(self, settings: Settings, trainer: pl.Trainer, module: Any) -> None:
        super().__init__(settings, trainer, module)
        self._data = labelled(trainer.datamodule)  # type: ignore[attr-defined]
        self._unseen = held_out(self._data)
        self._order = [positions[: settings.per_class] for positions in in_class_order(self._data)]
        self._counts = _counts(module, settings.per_class)
        extractor = select_features(settings.features, settings.weights).to(module.device)
        self._recogniser: Recogniser | None = None
        if settings.recogniser_checkpoint is not None:
            self._recogniser = Recogniser(settings.recogniser_checkpoint, module)
            self._recogniser.to(module.device)
        self._metrics = ClassMetrics(
            extractor,
            self._recogniser,
            classes=module.classes,
            generated=sum(self._counts),
            real=sum(map(len, self._order)),
            cache_dir=settings.cache_dir,
        )
        self._pictures = ClassPictures(settings, self._data.class_names)
        self._given_back = Reconstructions(settings, trainer, module, self._data, extractor, self._recogniser)
        self._applied = Applications(settings, trainer, module, self._data, self._recogniser)

    def see(self, outputs: Any, batch: Any) -> None:
        unseen = [i for i, position in enumerate(batch["index"].tolist()) if position in self._unseen]
        if unseen:
            images, labels = batch["image"][unseen], batch["label"][unseen]
            self._metrics.add_held_out(images, labels)
            self._given_back.see(images, labels)

    def result(self) -> Result:
        self._look_at_real_images()
        self.attempt("generated", self._generate)
        if "generated" in self._broken:
            self._metrics.give_up(self._broken["generated"])
        metrics, protocol, failed = self._metrics.compute()
        protocol["per_class"] = f"at most {self.settings.per_class}"
        self.attempt("samples", lambda: self._pictures.write(self.folder, HEADLINE))
        if "samples" in self._broken:
            failed["samples"] = self._broken["samples"]
        given_back, reasons = self._given_back.result(self.folder)
        metrics, failed = {**metrics, **given_back}, {**failed, **reasons}
        protocol["reconstructions"] = PROTOCOL
        used, reasons, shown = self._applied.result(self.folder)
        metrics, failed = {**metrics, **used}, {**failed, **reasons}
        result = result_of(HEADLINE, metrics, {}, protocol, failed)
        digest = None if self._recogniser is None else self._recogniser.digest
        # Beside the protocol: another seed has another recogniser, and other captions.
        return {**result, "recogniser_sha256": digest, "applications": shown}

    def _look_at_real_images(self) -> None:
        for batch in self._data.in_order([position for positions in self._order for position in positions]):
            trained_on = torch.tensor([position not in self._unseen for position in batch["index"].tolist()])
            self._metrics.add_real(batch["image"], batch["label"], trained_on)
            self._pictures.keep("truth", batch["image"], batch["label"])

    def _generate(self) -> None:
        device = self.module.device
        with as_it_was(self.module), torch.no_grad(), self.trainer.precision_plugin.test_step_context():
            self.module.eval()
            for labels, latents in latent_codes(self._counts, self.module.latent_dim):
                images = self.module.sample(labels.to(device), latents.to(device))
                if len(images) != len(labels):
                    raise ValueError(f"sample gave {len(images)} images of {len(labels)} labels")
                self._metrics.add_generated(images, labels)
                self._pictures.keep(HEADLINE, images, labels)


def makes_classes(model: type) -> bool:
    """Whether a model class is one that this judge suits."""
    return issubclass(model, GenerativeModule) and hasattr(model, "sample")


def latent_codes(counts: Sequence[int], latent_dim: int, together: int = _TOGETHER) -> Iterator[tuple[Tensor, Tensor]]:
    """Labels (B,) int64 and latents (B, Z) of `counts[k]` images of each class k, whole classes at a time.

    Args:
        together: images a batch, as far as whole classes allow.
    """
    waiting: list[tuple[int, int]] = []
    for label, count in enumerate(counts):
        if waiting and len(waiting) + count > together:
            yield _coded(waiting, latent_dim)
            waiting = []
        waiting += [(label, number) for number in range(count)]
    if waiting:
        yield _coded(waiting, latent_dim)


def _coded(images: list[tuple[int, int]], latent_dim: int) -> tuple[Tensor, Tensor]:
    codes = [torch.randn(latent_dim, generator=keyed_generator("image of a class", *image)) for image in images]
    return torch.tensor([label for label, _ in images]), torch.stack(codes)


def _counts(module: Any, per_class: int) -> list[int]:
    """How many images there will be of each class."""
    if not hasattr(module, "available"):
        return [per_class] * int(module.classes)
    return [min(per_class, count) for count in module.available().tolist()]
