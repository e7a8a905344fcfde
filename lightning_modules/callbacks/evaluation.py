"""Judges a model while Lightning tests it: metrics, and pictures of the first images."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl

from common.errors import ConfigurationError
from lightning_modules.base import GenerativeModule, TrainedModule
from lightning_modules.evaluation.class_conditional import ByClass, makes_classes
from lightning_modules.evaluation.evaluator import Judge, Settings
from lightning_modules.evaluation.image_to_image import Paired
from lightning_modules.evaluation.self_reported import Own
from lightning_modules.evaluation.verification import Pairs, compares_faces


class Evaluation(pl.Callback):
    """Measures what is tested, by the judge that suits the model.

    **Paired.** `test_step` returns {"real": (B, 3, H, W), "generated": {variant: (B, 3, H, W)}, "inputs": (B, 3, H,
    W)}, all in [-1, 1], the first variant being the headline; and, where labels are completed too, "segmentation":
    {"predicted": (B, H, W) int64, "truth": (B, H, W) int64, "hole": (B, 1, H, W) of {0, 1}}. More keys do no harm. The
    first images are written to `<default_root_dir>/samples/` as `000_input.png`, `000_truth.png` and
    `000_<variant>.png`; several outputs for the first ones, each with other noise, as `diversity_000_00.png`,
    `diversity_000_01.png`, ..., and their mean difference is the headline's `diversity_l1` (see Diversity).

    **By class.** A GenerativeModule that has `sample(labels, latents)` is judged on as many images of every class; see
    ByClass. One that offers `applications()` is used for these, too, each of which leaves `application_<name>.png`.

    **Pairs.** A model that has `embed(images)` is judged on pairs of faces, the same person or not; see Pairs.

    **Own.** A model that makes no pictures measures itself: its one test batch's `test_step` returns {"headline": name,
    "metrics": {name: value}, "protocol": {name: value}}, which is the result.

    Networks that judge live here for the length of the test, never in the LightningModule: they enter no checkpoint.

    Args:
        features: "auto", "inception" or "effnetlite0", as in `select_features`.
        weights: path of the Inception weights; None looks in torch.hub's cache.
        cache_dir: folder of the cached real-image features.
        samples: how many test images, or classes, are written as pictures.
        diversity_inputs: for how many of the first of these several outputs are generated; 0 for none. By class there
            are several of each one that is shown.
        diversity_samples: how many outputs each of these gets; 0 for none.
        per_class: images that are generated of every class, and real ones that they are compared with at most.
        recogniser_checkpoint: of a `Classifier` that did not train the generator, for top-1 and its score; None leaves
            both out.
        mirrored: for pairs, take the mean of the features of each picture and of its mirror image.

    Attributes:
        result: after a test, {"kind": "test", "headline": variant, "metrics": of the headline, "variants": {other
            variant: metrics}, "protocol": ...} of plain values; a metric that cannot be had, or whose code
            crashes, is None, and protocol["failed"] says why. None before a test.

    Raises:
        ConfigurationError: when the test starts: networks or weights that cannot be used, or more than one device, each
            of which would measure only its share of the images. Later: a picture that the disk refuses.
    """

    def __init__(
        self,
        features: str = "auto",
        weights: str | None = None,
        cache_dir: str = "cache/statistics",
        samples: int = 8,
        diversity_inputs: int = 3,
        diversity_samples: int = 6,
        per_class: int = 100,
        recogniser_checkpoint: str | None = None,
        mirrored: bool = False,
    ) -> None:
        if per_class < 1:
            raise ConfigurationError(f"evaluation.per_class: {per_class}; give 1 or more")
        self.weights, self.cache_dir = weights, cache_dir
        self.settings = Settings(
            features,
            weights,
            cache_dir,
            samples,
            diversity_inputs,
            diversity_samples,
            per_class,
            recogniser_checkpoint,
            mirrored,
        )
        self.result: dict[str, Any] | None = None
        self._judge: Judge | None = None

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.world_size > 1:
            raise ConfigurationError(
                f"trainer.devices: {trainer.world_size} devices; test on 1, metrics need all images"
            )
        self.result = None
        self._judge = judge_of(pl_module)(self.settings, trainer, pl_module)

    def on_test_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        assert self._judge is not None
        self._judge.see(outputs, batch)

    def on_test_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Not on_test_end: other callbacks report the result there, whatever their order.
        assert self._judge is not None
        self.result = self._judge.result()

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self._judge = None


def judge_of(module: pl.LightningModule) -> type[Judge]:
    """The kind of judge that suits a model."""
    if makes_classes(type(module)):
        return ByClass
    if compares_faces(type(module)):
        return Pairs
    makes_nothing = isinstance(module, TrainedModule) and not isinstance(module, GenerativeModule)
    return Own if makes_nothing else Paired
