"""The evaluator of the ring: panels of the snapshots beside the tested checkpoint, and the numbers as reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightning_modules.evaluation import SelfReported, evaluator_class
from lightning_modules.panels import Grid, ImageFile, Series, read_panels, write_panels
from lightning_modules.ring import DistanceCurves, RingGANs
from lightning_modules.ring.distance_curves import distance_panel
from lightning_modules.ring.evaluator import RingEvaluator, snapshot_panels
from lightning_modules.snapshots import read_snapshots, write_snapshot

REAL = np.random.default_rng(0).normal(100, 10, (200, 2)).astype(np.float32)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A training of two models, of which the second lies to the right of the first."""
    for at in (10, 100):
        arrays = {"real": REAL, "generated": np.stack([REAL * 0 + 100, REAL * 0 + np.float32([106, 100])])}
        scores = {
            name: {"energy_distance": at / 10 + i, "coverage": 0.5, "aspect": 0.1 * i, "on_ring": 1.0}
            for i, name in enumerate(("gan", "wgan"))
        }
        write_snapshot(tmp_path, at, arrays, scores)
    return tmp_path


def middle(path: Path) -> float:
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return float(np.argwhere((pixels[..., 0] - pixels[..., 2]) > 60)[:, 1].mean())


def test_panels_are_of_the_model_at_its_place(run: Path) -> None:
    panels = [snapshot_panels(read_snapshots(run), place, run / str(place)) for place in (0, 1)]
    for place, found in enumerate(panels):
        write_panels(run / str(place), found)  # all files are in the folder
        assert [panel.name for panel in found] == RingEvaluator.panel_names(RingGANs)
    (first, _, scores), (second, film, others) = panels
    assert isinstance(first, Grid) and isinstance(second, Grid) and isinstance(film, ImageFile)
    assert (first.columns, first.shared, len(first.files)) == (("10", "100"), 0, 1)
    assert isinstance(first.files[0][1], Path) and isinstance(second.files[0][1], Path)
    assert middle(first.files[0][1]) + 10 < middle(second.files[0][1])
    with Image.open(film.file) as frames:
        assert frames.n_frames == 2
    assert isinstance(scores, Series) and isinstance(others, Series) and scores.x == "iterations"
    assert [chart.title for chart in scores.charts] == ["energy distance", "coverage", "aspect"]
    assert scores.charts[0].curves[0].points == ((10.0, 1.0), (100.0, 10.0))
    assert others.charts[0].curves[0].points == ((10.0, 2.0), (100.0, 11.0))


def test_the_model_declares_it_and_reports_as_before() -> None:
    assert evaluator_class(RingGANs) is RingEvaluator
    assert (
        RingEvaluator.metric_names(RingGANs) == SelfReported.metric_names(RingGANs) == list(RingGANs.reported_metrics)
    )
    assert DistanceCurves.training_panels == ("distance",)


def test_losses_by_distance_are_four_charts(tmp_path: Path) -> None:
    names = ("gan", "exact", "gan_gradient", "matching", "matching_gradient")
    values = {"distance": [0.0, 2.0, 4.0], **{name: [float(i)] * 3 for i, name in enumerate(names)}}
    panel = distance_panel(values)
    write_panels(tmp_path, [panel])
    assert read_panels(tmp_path) == {"distance": panel}
    drawn = [[(curve.label, curve.points[1]) for curve in chart.curves] for chart in panel.charts]
    assert drawn == [
        [("trained D", (2.0, 0.0)), ("exact, optimal D", (2.0, 1.0))],
        [("trained D", (2.0, 2.0))], [("trained D", (2.0, 3.0))], [("trained D", (2.0, 4.0))],
    ]  # fmt: skip
    assert all(chart.linear and chart.marks == ((2.0, "no overlap"),) for chart in panel.charts)
    near = distance_panel({**values, "distance": [0.0, 1.0, 2.0]})
    assert all(chart.marks == () for chart in near.charts)
