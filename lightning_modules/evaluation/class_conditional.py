"""Evaluator of a model that generates images of classes from labels and latent codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from common.errors import ConfigurationError
from lightning_modules.evaluation.applications import Applications
from lightning_modules.evaluation.class_images import CLASSES, LABELS, ClassImages
from lightning_modules.evaluation.evaluator import Measurement, Result
from lightning_modules.evaluation.feature_evaluator import FeatureEvaluator, image_result
from lightning_modules.evaluation.recogniser import Recogniser, require_single_source, select_recogniser
from lightning_modules.evaluation.reconstructions import PROTOCOL, RECONSTRUCTIONS, Reconstructions
from lightning_modules.labelled_data import describe_reference, disjoint_halves, held_out, labelled_data
from lightning_modules.metrics.by_class import COMPARED, PIXELS, RECOGNISED, ClassMetrics
from lightning_modules.metrics.features import select_features
from lightning_modules.metrics.reconstructions import RECONSTRUCTED
from lightning_modules.metrics.single import FEATURE_METRICS
from lightning_modules.panels import SAMPLES
from lightning_modules.randomness import keyed_generator
from lightning_modules.recognition.external import RecogniserFile

#: Name of the generated images in results and files.
HEADLINE = "sample"
#: The test loaders in their order: the data module's own, then those that the evaluator requests.
HELD_OUT, REFERENCE, REQUESTS = range(3)

_TOGETHER = 128  # images generated in one call; more if a single class has more


class ClassConditional(FeatureEvaluator):
    """Compares `per_class` generated images of every class with as many real ones, or half of a class of too few.

    The model has `classes` K, `resolution`, `latent_dim` Z, and `sample(labels (B,), latents (B, Z))`, which gives
    (B, 3, R, R) in [-1, 1]. Its `test_step` answers a batch of requests, {"label": (B,) int64, "latent": (B, Z)}, with
    {"generated": (B, 3, R, R)}, and other batches with None. Latents are N(0, I), keyed by class and number alone: the
    same for every model and seed, however many are generated together. A model with a limited number of images per
    class returns their numbers from `available()`, (K,) int64.

    A test reads three loaders: the data module's own images, of which the held-out ones measure the recogniser; the
    reference, real images from the data module's list; and the requests. No image of the reference takes the place of a
    generated one in the row of real images (see `disjoint_halves`).
    Of a model with `reconstruct` the reconstructions of held-out images are measured, see Reconstructions.
    `applications()` of a subclass run at the end.

    Source: image-synthesis thesis, sections 3.4.4 and 4.3.4; the recogniser's score and top-1 are those of Tables 3.4
    and 4.1. The other metrics also detect a generator of one perfect image of each class.

    Args:
        features: "auto", "inception" or "effnetlite0", as in `select_features`.
        weights: path of the Inception weights; None looks in torch.hub's cache.
        cache_dir: folder of the cached features of real images.
        samples: number of classes whose images are written.
        diversity_samples: number of further images of each of these classes; 0 for none.
        per_class: number of generated images of every class, and maximum of real ones.
        recogniser_checkpoint: of a `Classifier` that did not train the generator, for top-1 and its score; both are
            omitted if None.
        recogniser: a file with a recogniser of any people in its place, for its features alone: identities are
            compared, and there is no top-1 and no score.
    """

    protocol_fields: ClassVar = (
        "generated",
        "real",
        "classes",
        "per_class",
        "reference",
        "resolution",
        "features_sha256",
        "recogniser",
        "recogniser_file_sha256",
    )

    def __init__(
        self,
        features: str = "auto",
        weights: str | None = None,
        cache_dir: str = "cache/statistics",
        samples: int = 8,
        diversity_samples: int = 6,
        per_class: int = 100,
        recogniser_checkpoint: str | None = None,
        recogniser: RecogniserFile | None = None,
    ) -> None:
        super().__init__(features, weights, cache_dir)
        require_single_source(recogniser_checkpoint, recogniser)
        if per_class < 1:
            raise ConfigurationError(f"evaluation.per_class: {per_class}; give 1 or more")
        self.samples, self.diversity_samples, self.per_class = samples, diversity_samples, per_class
        self.recogniser_checkpoint, self.recogniser = recogniser_checkpoint, recogniser

    @classmethod
    def metric_names(cls, model: type) -> list[str]:
        applied = [name for application in cls.applications() for name in application.measures]
        return [*FEATURE_METRICS, *RECOGNISED, *COMPARED, *PIXELS, *RECONSTRUCTED, *applied]

    @classmethod
    def panel_names(cls, model: type) -> list[str]:
        encoder = [RECONSTRUCTIONS] if hasattr(model, "reconstruct") else []
        return [SAMPLES, CLASSES, LABELS, *encoder, *(application.name for application in cls.applications())]

    def requests(self, data: Any, module: Any) -> list[DataLoader[Any]]:
        known = labelled_data(data)
        positions = [i for of_class in disjoint_halves(known, self.per_class).reference for i in of_class]
        if not positions:
            raise ConfigurationError("data: no class has two images, one to compare with and one for the real row")
        reference: Any = known.in_order(positions)
        requests = Requests(request_counts(module, self.per_class), module.latent_dim)
        return [reference, DataLoader(requests, batch_size=None)]

    def start(self, trainer: pl.Trainer, module: Any) -> Measurement:
        return _ClassComparison(self, trainer, module)


class Requests(Dataset[dict[str, Tensor]]):
    """Batches of requests for images: labels (B,) int64 and latent codes (B, Z), whole classes at a time.

    Args:
        counts: images of each class.
        latent_dim: Z.
    """

    def __init__(self, counts: Sequence[int], latent_dim: int) -> None:
        self.batches, self.latent_dim = list(batches_of_classes(counts)), latent_dim

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        labels, latents = requested_codes(self.batches[index], self.latent_dim)
        return {"label": labels, "latent": latents}

    def __len__(self) -> int:
        return len(self.batches)


class _ClassComparison(Measurement):
    def __init__(self, settings: ClassConditional, trainer: pl.Trainer, module: Any) -> None:
        super().__init__(trainer, module)
        self.settings = settings
        self._data = labelled_data(trainer.datamodule)  # type: ignore[attr-defined]
        self._unseen = held_out(self._data)
        extractor = select_features(settings.features, settings.weights).to(module.device)
        self._recogniser = select_recogniser(settings.recogniser, settings.recogniser_checkpoint, module, Recogniser)
        self._metrics = ClassMetrics(
            extractor,
            self._recogniser,
            classes=module.classes,
            generated=sum(request_counts(module, settings.per_class)),
            real=sum(map(len, disjoint_halves(self._data, settings.per_class).reference)),
            cache_dir=settings.cache_dir,
        )
        self._images = ClassImages(self._data.class_names, settings.samples, settings.diversity_samples)
        self._reconstructions = Reconstructions(
            trainer, module, self._data, extractor, self._recogniser, settings.cache_dir, settings.samples
        )
        self._applications = Applications(
            settings.applications(), trainer, module, self._data, self._recogniser, settings.samples > 0
        )

    def update(self, outputs: Any, batch: Any, loader: int) -> None:
        if loader == REQUESTS:
            self._metrics.add_generated(outputs["generated"], batch["label"])
            self._images.keep(HEADLINE, outputs["generated"], batch["label"])
        elif loader == REFERENCE:
            trained_on = torch.tensor([position not in self._unseen for position in batch["index"].tolist()])
            self._metrics.add_real(batch["image"], batch["label"], trained_on)
            self._images.keep("truth", batch["image"], batch["label"])
        else:
            self._add_held_out(batch)

    def compute(self) -> Result:
        metrics, protocol, failed = self._metrics.compute()
        protocol["per_class"] = f"at most {self.settings.per_class}"
        protocol["reference"] = describe_reference(self._data, self.settings.per_class)
        self.errors.attempt("samples", lambda: self.panels.extend(self._images.write(self.folder, HEADLINE)))
        if "samples" in self.errors.reasons:
            failed["samples"] = self.errors.reasons["samples"]
        found, reasons = self._reconstructions.result(self.folder)
        self.panels += self._reconstructions.panels
        metrics, failed = {**metrics, **found}, {**failed, **reasons}
        protocol["reconstructions"] = PROTOCOL
        found, reasons = self._applications.result(self.folder)
        self.panels += self._applications.panels
        metrics, failed = {**metrics, **found}, {**failed, **reasons}
        digest = None if self._recogniser is None else self._recogniser.digest
        protocol["recogniser_file_sha256"] = digest if self.settings.recogniser is not None else None
        result = image_result(HEADLINE, metrics, {}, protocol, failed)
        return {**result, "recogniser_sha256": digest}  # not in the protocol: another seed has another recogniser

    def _add_held_out(self, batch: Any) -> None:
        unseen = [i for i, position in enumerate(batch["index"].tolist()) if position in self._unseen]
        if unseen:
            images, labels = batch["image"][unseen], batch["label"][unseen]
            self._metrics.add_held_out(images, labels)
            self._reconstructions.update(images, labels)


def request_counts(module: Any, per_class: int) -> list[int]:
    """Return the number of requested images of each class."""
    if not hasattr(module, "available"):
        return [per_class] * int(module.classes)
    return [min(per_class, count) for count in module.available().tolist()]


def batches_of_classes(counts: Sequence[int], together: int = _TOGETHER) -> Iterator[list[tuple[int, int]]]:
    """Yield batches of (class, number) of `counts[k]` images of each class k, whole classes at a time.

    Args:
        together: images per batch, as far as whole classes allow.
    """
    waiting: list[tuple[int, int]] = []
    for label, count in enumerate(counts):
        if waiting and len(waiting) + count > together:
            yield waiting
            waiting = []
        waiting += [(label, number) for number in range(count)]
    if waiting:
        yield waiting


def latent_codes(counts: Sequence[int], latent_dim: int, together: int = _TOGETHER) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield labels (B,) int64 and latent codes (B, Z) for `batches_of_classes`, keyed by class and number."""
    for images in batches_of_classes(counts, together):
        yield requested_codes(images, latent_dim)


def requested_codes(images: Sequence[tuple[int, int]], latent_dim: int) -> tuple[Tensor, Tensor]:
    """Return labels (B,) int64 and latent codes (B, Z) of (class, number) pairs."""
    codes = [torch.randn(latent_dim, generator=keyed_generator("image of a class", *image)) for image in images]
    return torch.tensor([label for label, _ in images]), torch.stack(codes)
