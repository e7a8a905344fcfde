"""Evaluator of the ring experiment: the model's own metrics, and its snapshots during training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl

from common.files import write_atomically, write_png
from lightning_modules.evaluation.evaluator import Measurement, Result
from lightning_modules.evaluation.self_reported import Report, SelfReported
from lightning_modules.panels import Chart, Curve, Grid, ImageFile, Panel, Series
from lightning_modules.ring.plane_images import animation, iterations, plane_image, shown_positions
from lightning_modules.snapshots import Snapshot, read_snapshots

#: The panels: images at moments of the training, all moments in an animation, scores over the training.
SNAPSHOTS, ANIMATION, CURVES = "snapshots", "animation", "scores"
#: The scores with a curve over the training.
CURVE_SCORES = ("energy_distance", "coverage", "aspect")


class RingEvaluator(SelfReported):
    """SelfReported, with panels of the snapshots beside the tested checkpoint, if any.

    Source: image-synthesis thesis, Figure 3.5.
    """

    @classmethod
    def panel_names(cls, model: type) -> list[str]:
        return [SNAPSHOTS, ANIMATION, CURVES]

    def start(self, trainer: pl.Trainer, module: Any) -> Measurement:
        return _RingReport(trainer, module)


class _RingReport(Report):
    def compute(self) -> Result:
        result = super().compute()
        checkpoint = getattr(self.trainer, "ckpt_path", None)
        # Checkpoints of a training are in a folder of their own, beside its snapshots.
        snapshots = read_snapshots(Path(checkpoint).parents[1]) if checkpoint else []
        if snapshots:
            self.panels += snapshot_panels(snapshots, list(self.module.members).index(self.module.member), self.folder)
        return result


def snapshot_panels(snapshots: list[Snapshot], position: int, folder: Path) -> list[Panel]:
    """Write images of one model's snapshots into a folder and return their panels.

    Args:
        snapshots: of one training, in order.
        position: of the model among those that were trained together.
    """
    moments = []
    for snapshot in snapshots:
        with np.load(snapshot.path) as arrays:
            moments.append((snapshot.iteration, arrays["real"], arrays["generated"][position]))
    name = list(snapshots[0].scores)[position]
    chosen = [moments[index] for index in shown_positions([snapshot.iteration for snapshot in snapshots])]
    files = tuple(folder / f"snapshot_{number:02d}.png" for number in range(len(chosen)))
    for path, (_, real, generated) in zip(files, chosen, strict=True):
        write_png(path, plane_image(real, generated))
    write_atomically(folder / "animation.gif", animation(moments))
    charts = tuple(
        Chart(score.replace("_", " "), (Curve("", tuple((float(at), of[name][score]) for at, _, of in snapshots)),))
        for score in CURVE_SCORES
    )
    columns = tuple(iterations(iteration) for iteration, _, _ in chosen)
    caption = "Blue: real points; red: generated ones. Columns: iterations."
    return [
        Grid(SNAPSHOTS, "Points while the model trains", caption, columns, (files,)),
        ImageFile(ANIMATION, "Points while the model trains", "The same as an animation.", folder / "animation.gif"),
        Series(CURVES, "Scores while the model trains", "Scores over the training.", "iterations", charts),
    ]
