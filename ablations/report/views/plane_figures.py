"""Figures of an experiment in the plane: points over the training, and what a generator is told at a distance."""

from __future__ import annotations

import numpy as np

from ablations.report.charts.distance_chart import distance_chart
from ablations.report.charts.loss_grid import Series, overlay_chart
from ablations.report.charts.plane_pictures import animation, chosen, read_moment, sheet
from ablations.report.views.drawn import Drawn
from ablations.report.views.formatting import listing
from ablations.results.table_result import RowResult, StageRecord, TableResult
from ablations.tables.table import Figure
from lightning_modules.snapshots import read_snapshots


def snapshots_figure(result: TableResult, figure: Figure) -> Drawn:
    """What the rows made at moments of one training, and the scores of all seeds."""
    rows = [result.row(row_id) for row_id in figure.rows]
    shown = [row for row in rows if _records(row, figure.stage) and row.headline]
    without = [row.row.label for row in rows if row not in shown]
    if not shown:
        return Drawn("What each row makes while it trains.", without)
    first = _records(shown[0], figure.stage)[0]
    found = read_snapshots(first.folder)
    positions = [list(found[0].scores).index(row.headline) for row in shown]
    moments = [read_moment(snapshot.iteration, snapshot.path, positions) for snapshot in found]
    labels = [row.row.label for row in shown]
    picked = [moments[i] for i in chosen([moment.iteration for moment in moments])]
    caption = (
        f"Blue: real points; red: generated ones. Rows of the table down, iterations across, at seed {first.seed}. "
        f"Below: {listing([name.replace('_', ' ') for name in figure.scores])} over the training"
        + ("; thick: the mean over seeds, thin: each seed." if len(_records(shown[0], figure.stage)) > 1 else ".")
    )
    images = {"sheet.png": sheet(picked, labels), "animation.gif": animation(moments, labels)}
    return Drawn(caption, without, _scores_chart(shown, figure), images=images)


def distance_figure(result: TableResult, figure: Figure) -> Drawn:
    """The generator's losses against the distance of two distributions: the mean over seeds."""
    rows = [result.row(row_id) for row_id in figure.rows]
    records = {record.folder: record for row in rows for record in _records(row, figure.stage)}
    if not records:
        return Drawn("The generator's losses by distance.", [row.row.label for row in rows])
    curves: dict[str, list[np.ndarray]] = {}
    for folder in records:
        with np.load(read_snapshots(folder)[-1].path) as arrays:
            for name in arrays.files:
                curves.setdefault(name, []).append(arrays[name])
    means = {name: np.mean(values, axis=0).tolist() for name, values in curves.items()}
    caption = (
        "A discriminator is trained anew for every distance of two discs of radius 1. Left: where the discs are. "
        "Middle: the GAN's loss of the generator as Figure 3.1 shows it, beside its exact value for the best "
        "discriminator, and feature matching's, Figure 3.3. Right: how long the gradient is that a generated point "
        f"gets from each. Mean of {len(records)} trainings."
    )
    return Drawn(caption, [], distance_chart(means, figure.title))


def _scores_chart(rows: list[RowResult], figure: Figure) -> str:
    series = []
    for row in rows:
        seeds = []
        for record in _records(row, figure.stage):
            found = read_snapshots(record.folder)
            scores = {
                name: [(float(at), values[row.headline][name]) for at, _, values in found] for name in figure.scores
            }
            seeds.append(scores)
        series.append(Series(row.row.label, seeds))
    return overlay_chart(series, figure.scores, figure.title)


def _records(row: RowResult, stage: str) -> list[StageRecord]:
    """The trainings of a stage that left snapshots, by seed."""
    records = sorted((r for r in row.records if r.stage == stage and r.kind == "fit"), key=lambda r: r.seed)
    return [record for record in records if read_snapshots(record.folder)]
