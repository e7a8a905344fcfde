"""Evaluator of a recogniser: verification of pairs of images of the same person or of two."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any, ClassVar

import pytorch_lightning as pl
import torch
from torch import Tensor

from common.errors import ConfigurationError, one_line
from lightning_modules.evaluation.evaluator import Evaluator, Measurement, Result
from lightning_modules.evaluation.recogniser import FeatureRecogniser, require_single_source, select_recogniser
from lightning_modules.metrics.images import to_uint8, write_image
from lightning_modules.metrics.verification import FoldAccuracies, cosine_similarities, verify
from lightning_modules.panels import Chart, Curve, Grid, Series
from lightning_modules.preserve_state import preserve_state
from lightning_modules.recognition.external import RecogniserFile

ACCURACY, ERROR = "verification_accuracy", "verification_standard_error"
#: Of the pairs without people whom the recogniser was trained on; only if there are other pairs.
UNSEEN_PEOPLE = f"{ACCURACY}_unseen_people"
MEASURES = (ACCURACY, ERROR, "verification_threshold", UNSEEN_PEOPLE, "generated_pictures")
HEADLINE = "pairs"
#: Names of the panels.
FOLDS, ADDED = "folds", "added"
_KEYS = ("first", "second", "same", "fold", "index")


class Verification(Evaluator):
    """Accuracy on pairs of faces by the cosine of their features, with a threshold from the other folds.

    The model has `embed(images)`, which gives (B, N) features of (B, 3, R, R) images in [-1, 1], and
    `generated_pictures`, the number of generated images in its training. A batch has `first` and `second` (B, 3, R, R),
    `same` (B,) bool, `fold` and `index` (B,) int64. If the model has `class_names`, the people of its training, and the
    data module `showing(people)`, the pairs with one of them, the other pairs are also measured separately.
    Generated images of `examples(count)`, with `lines`, `columns` and `caption`, are written to
    `added_<line>_<column>.png`.

    With a recogniser of its own, the evaluator takes the features from that, for models that alter faces: images that
    `test_step` returns as `first` or `second` take the place of the batch's. It may know any people; it must not have
    trained the model.

    The result also has "folds": accuracy in percent and threshold of each fold.

    Source: image-synthesis thesis, section 4.4.4, Table 4.2; the protocol is View 2 of Labeled Faces in the Wild (Huang
    et al. 2007), see lightning_modules.metrics.verification.

    Args:
        samples: number of rows of generated images that are written.
        mirrored: use the mean of the features of each image and of its mirror image.
        recogniser_checkpoint: of a `Classifier` whose features are compared; None takes the model's `embed`.
        recogniser: a file with a recogniser in its place.
    """

    protocol_fields: ClassVar = (
        "pairs",
        "pairs_of_the_same",
        "folds",
        "resolution",
        "mirrored",
        "features",
        "recogniser_file_sha256",
    )

    def __init__(
        self,
        samples: int = 8,
        mirrored: bool = False,
        recogniser_checkpoint: str | None = None,
        recogniser: RecogniserFile | None = None,
    ) -> None:
        require_single_source(recogniser_checkpoint, recogniser)
        self.samples, self.mirrored = samples, mirrored
        self.recogniser_checkpoint, self.recogniser = recogniser_checkpoint, recogniser

    @classmethod
    def metric_names(cls, model: type) -> list[str]:
        return list(MEASURES)

    @classmethod
    def panel_names(cls, model: type) -> list[str]:
        return [FOLDS, ADDED]

    def start(self, trainer: pl.Trainer, module: Any) -> Measurement:
        return _PairComparison(self, trainer, module)


class _PairComparison(Measurement):
    def __init__(self, settings: Verification, trainer: pl.Trainer, module: Any) -> None:
        super().__init__(trainer, module)
        self.settings = settings
        self._recogniser = select_recogniser(
            settings.recogniser, settings.recogniser_checkpoint, module, FeatureRecogniser.of_checkpoint
        )
        people = module.class_names if self._recogniser is None else self._recogniser.people
        self._known = _trained_pairs(getattr(trainer, "datamodule", None), people)
        self._seen: dict[str, list[Tensor]] = {"similarity": [], "same": [], "fold": [], "index": []}
        self._size = 0
        self._resolution: int | list[int] = 0

    def update(self, outputs: Any, batch: Any, loader: int) -> None:
        missing = [key for key in _KEYS if key not in batch]
        if missing:
            raise ConfigurationError(
                f"data: a batch has no {missing[0]!r}; a recogniser is tested on pairs, such as datamodules.LFW"
            )
        self.errors.attempt("similarities", lambda: self._compare({**batch, **(outputs or {})}))
        for key in ("same", "fold", "index"):
            self._seen[key].append(batch[key].cpu())

    def compute(self) -> Result:
        if not self._seen["same"]:
            raise ConfigurationError("data: the test set is empty; nothing can be measured")
        failed: dict[str, str] = {}
        known = torch.isin(torch.cat(self._seen["index"]), torch.tensor(self._known, dtype=torch.int64))
        found = self._verify(torch.ones_like(known), ACCURACY, failed)
        metrics: dict[str, float | None] = dict.fromkeys(MEASURES[:3])
        if found is not None:
            accuracy, threshold = statistics.fmean(_folds(found)["accuracies"]), statistics.fmean(found.thresholds)
            metrics = dict(zip(MEASURES, (accuracy, 100 * found.standard_error, threshold), strict=False))
        if known.any():
            others = self._verify(~known, UNSEEN_PEOPLE, failed)
            metrics[UNSEEN_PEOPLE] = None if others is None else 100 * others.mean
        metrics["generated_pictures"] = getattr(self.module, "generated_pictures", 0)
        if found is not None:
            self.panels.append(_folds_panel(_folds(found)["accuracies"], len(known)))
        self._write_examples()
        values = ", ".join(f"{name} {'none' if value is None else f'{value:.4g}'}" for name, value in metrics.items())
        print(f"test ({len(known)} pairs): {values}", flush=True)
        return {
            "kind": "test",
            "headline": HEADLINE,
            "metrics": metrics,
            "variants": {},
            "protocol": {**self._protocol(known), **({"failed": failed} if failed else {})},
            "folds": _folds(found),
        }

    def _compare(self, batch: Any) -> None:
        first, second = (self._features(batch[key]) for key in ("first", "second"))
        height, width = batch["first"].shape[2:]
        self._size, self._resolution = first.shape[1], height if height == width else [height, width]
        self._seen["similarity"].append(cosine_similarities(first, second))

    def _features(self, images: Tensor) -> Tensor:
        with torch.no_grad(), self.trainer.precision_plugin.test_step_context():
            found = self._embed(images)
            if self.settings.mirrored:
                found = (found + self._embed(images.flip(3))) / 2
        return found.float().cpu()

    def _embed(self, images: Tensor) -> Tensor:
        if self._recogniser is not None:
            return self._recogniser(to_uint8(images)).pool
        found: Tensor = self.module.embed(images)
        return found

    def _verify(self, chosen: Tensor, metric: str, failed: dict[str, str]) -> FoldAccuracies | None:
        """Return the accuracies on the chosen pairs, or None with the reason in `failed`."""
        try:
            self.errors.check("similarities")
            return verify(*(torch.cat(self._seen[key])[chosen] for key in ("similarity", "same", "fold")))
        except Exception as error:
            failed[metric] = one_line(error)
            return None

    def _protocol(self, known: Tensor) -> dict[str, Any]:
        features = f"the last layer's input, {self._size} features"
        protocol = {
            "pairs": len(known),
            "pairs_of_the_same": int(torch.cat(self._seen["same"]).sum()),
            "folds": int(torch.cat(self._seen["fold"]).max()) + 1,
            "pairs_with_somebody_trained_on": int(known.sum()),
            "resolution": self._resolution,
            "features": features if self._recogniser is None else self._recogniser.description,
            "mirrored": self.settings.mirrored,
        }
        if self._recogniser is not None and self.settings.recogniser is not None:
            protocol["recogniser_file_sha256"] = self._recogniser.digest
        return protocol

    def _write_examples(self) -> None:
        """Write generated images of the training, if any."""
        if not getattr(self.module, "generated_pictures", 0) or not self.settings.samples:
            return
        with preserve_state(self.module):
            found = self.module.examples(self.settings.samples)
        files = []
        for line in range(len(found.lines)):
            paths = tuple(self.folder / f"added_{line:03d}_{number:02d}.png" for number in range(len(found.columns)))
            for path, images in zip(paths, found.columns.values(), strict=True):
                write_image(path, images[line])
            files.append(paths)
        columns, lines = tuple(found.columns), tuple(found.lines)
        caption = f"Generated images of the training, not selected. {found.caption}"
        self.panels.append(Grid(ADDED, "Generated images in the training", caption, columns, tuple(files), lines))


def _folds(found: FoldAccuracies | None) -> dict[str, list[float]]:
    if found is None:
        return {"accuracies": [], "thresholds": []}
    return {"accuracies": [100 * share for share in found.accuracies], "thresholds": list(found.thresholds)}


def _trained_pairs(data: Any, people: Iterable[str]) -> list[int]:
    """Return the positions of pairs with people from the recogniser's training; [] if the data cannot find them."""
    return list(data.showing(people)) if hasattr(data, "showing") else []


def _folds_panel(accuracies: list[float], pairs: int) -> Series:
    caption = (
        f"{pairs:,} pairs in {len(accuracies)} folds. Each dot: the accuracy on one fold, with the best threshold on "
        "the others. Their spread is that of these trained networks over pairs, not over trainings; for that, use "
        "several seeds."
    )
    curve = Curve("", tuple((float(fold), value) for fold, value in enumerate(accuracies)))
    return Series(FOLDS, "Accuracy of each fold", caption, "fold", (Chart("accuracy of a fold", (curve,), "%"),), True)
