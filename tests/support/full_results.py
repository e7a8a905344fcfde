"""An invented result with everything a report can show: twins, every verdict, a sweep, figures, trouble."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.table_results import (
    PALETTES,
    PROVENANCE,
    empty_row,
    invented_result,
    judged,
    person,
    with_row,
    write_history,
)

from ablations.results.table_result import Cell, ClaimResult, RowResult, StageRecord, TableResult
from ablations.tables.checks import Check, Deviation
from ablations.tables.table import CellRef, Claim, Column, Figure, Row, Sweep
from lightning_modules.panels import Grid, write_panels

TWINS = {"wo-two-stage": -6.0, "wo-gan": -14.0, "wo-specnorm": 2.0}
AXIS = "texture.model.kl_weight"
SWEPT = {2: 9.0, 20: 0.0, 200: 21.0, 2000: 60.0}
LOSSES = {"L_adv_I": (0.8, 0.5), "L_adv_norm": (0.7, 0.2), "L_D": (2.2, 0.9), "L_KL": (40.0, 0.4)}

LINT = [
    Check("declared-keys", "every row differs from its base in exactly its declared keys", "fail",
          ("wo-gan: texture.model.output_scales differs too (4 -> 1); declare it, or add a controlled version",)),
    Check("budgets", "all rows train for the same number of iterations", "pass"),
    Check("selection", "the evaluated weights are chosen by one rule, never on test data", "pass",
          ("all rows: last",)),
    Check("paired-seeds", "every row has the same seeds", "pass"),
]  # fmt: skip
DEVIATIONS = [
    ("lightning_modules.fashion_completion.wen",
     Deviation("section 4.2", "spectral norm in every layer", "not in the last one", "the printed counts need it")),
    ("lightning_modules.fashion_completion.bicyclegan",
     Deviation("Table 4-1", "3 input channels", "3 input channels", "the count fits no other number")),
]  # fmt: skip


def full_result(folder: Path, seeds: int = 3) -> TableResult:
    """Table 4-1 with controlled twins, a sweep of one axis, two figures and rows that are failed, missing or stale."""
    result = invented_result(folder, seeds)
    rows: list[RowResult] = []
    for row in result.rows:
        rows.append(_with_records(folder, row, seeds))
        if row.row.id in TWINS:
            rows[-1] = replace(rows[-1], row=replace(row.row, version="as_printed", twin=f"{row.row.id}-controlled"))
            rows.append(_with_records(folder, _twin(row), seeds))
    base = rows[0]
    rows += [_with_records(folder, _point(base, value, shift), seeds) for value, shift in SWEPT.items()]
    sweep = Sweep("kl-weight", "wen", {AXIS: tuple(SWEPT)}, tuple(f"kl-weight-{value}" for value in SWEPT))
    figures = (
        Figure("stability", "curves", "Adversarial losses with and without spectral normalisation", "Figure 4-3",
               ("wen", "wo-specnorm", "wo-specnorm-controlled"), "texture", ("L_adv_I", "L_adv_norm", "L_D")),
        Figure("diversity", "panels", "Several completions of one input", "Figure 4-2",
               ("wen", "bicyclegan", "wo-gan"), panels=("diversity",)),
    )  # fmt: skip
    columns = tuple(replace(column, margin=1.5) if column.id == "fid" else column for column in result.columns)
    result = replace(result, rows=rows, table=_table(result, rows, columns, sweep, figures))
    for row_id in ("wen", "bicyclegan", "wo-gan"):
        for record in result.row(row_id).records:
            if record.kind == "test":
                _diversity(record.folder / "samples", result.row(row_id))
    result = replace(result, claims=_claims(result), values=_values(result, columns[0]), lint=LINT)
    result = replace(result, deviations=DEVIATIONS, seconds_once=1380.0, seconds_apart=3312.0)
    result = replace(result, table=replace(result.table, claims=tuple(claim.claim for claim in result.claims)))
    return _with_trouble(result, seeds)


def _table(result: TableResult, rows: list[RowResult], columns: Any, sweep: Sweep, figures: Any) -> Any:
    every = tuple(row.row for row in rows)
    return replace(result.table, rows=every, columns=columns, sweeps=(sweep,), figures=figures)


def _with_trouble(result: TableResult, seeds: int) -> TableResult:
    """One row of each kind that has no numbers to trust, and metrics that could not be computed."""
    result = empty_row(result, "wo-two-stage-controlled", "missing", "not run yet: texture, seed 0; test, seed 0")
    result = empty_row(
        result, "wo-specnorm-controlled", "failed", "texture, seed 1: L_D is not finite at iteration 212"
    )
    changed = "code: lightning_modules.fashion_completion.wen; model.width: 16 -> 32"
    result = with_row(result, "wo-attention", status="stale", reason=changed)
    cells = result.row("finet").cells
    holed = [replace(c, values=[math.nan, *c.values[1:]]) if c.column_id == "fid" else c for c in cells]
    failed = {"fd_effnetlite0": "predicted_parsing: the covariance has no real square root"}
    result = with_row(result, "finet", cells=holed, protocol={**result.row("finet").protocol, "failed": failed})
    bicycle = result.row("bicyclegan")
    undefined = {**bicycle.metrics, "kd_effnetlite0": [math.nan] * seeds}
    failed = {"kd_effnetlite0": "single: 8 images are fewer than the 16 of a subset"}
    return with_row(
        result, "bicyclegan", metrics=undefined, variants={"single": undefined},
        protocol={**bicycle.protocol, "failed": failed},
    )  # fmt: skip


def _twin(printed: RowResult) -> RowResult:
    old = printed.row
    row = Row(f"{old.id}-controlled", f"{old.label}, controlled", {}, base="wen", version="controlled", twin=old.id)
    return _shifted(printed, row, TWINS[old.id])


def _point(base: RowResult, value: int, shift: float) -> RowResult:
    row = Row(f"kl-weight-{value}", f"weN, kl_weight {value}", {}, base="wen", sweep="kl-weight", point={AXIS: value})
    moved = _shifted(base, row, shift)
    return replace(moved, config_diff=[] if value == 20 else [f"{AXIS}: 20 -> {value}"])


def _shifted(old: RowResult, row: Row, shift: float) -> RowResult:
    """A row that nothing is printed for, and whose distances lie off the other's."""
    dice = random.Random(row.id)

    def moved(name: str, values: list[float]) -> list[float]:
        return [v + shift + dice.uniform(-2, 2) for v in values] if name.startswith("fd_") else values

    variants = {v: {name: moved(name, of) for name, of in found.items()} for v, found in old.variants.items()}
    metrics = {**old.metrics, **variants[old.headline]}
    cells = [
        Cell(c.column_id, None, None, metrics[c.metric] if c.column_id == "fid" else c.values, c.metric, c.comparable)
        for c in old.cells
    ]
    return replace(old, row=row, variants=variants, metrics=metrics, cells=cells)


def _with_records(folder: Path, row: RowResult, seeds: int) -> RowResult:
    stages = ["texture", "test"] if row.row.id in ("bicyclegan", "wo-two-stage") else ["shape", "texture", "test"]
    records = [_record(folder, row, stage, seed) for seed in range(seeds) for stage in stages]
    return replace(row, records=records, seconds=sum(record.seconds or 0 for record in records))


def _record(folder: Path, row: RowResult, stage: str, seed: int) -> StageRecord:
    shared = stage == "shape" and row.row.id != "finet"
    key = hashlib.sha256(f"{'' if shared else row.row.id} {stage} {seed}".encode()).hexdigest()[:10]
    kind: Any = "test" if stage == "test" else "fit"
    place = folder / "runs" / f"WeN-{kind}-{key}"
    if stage == "texture":
        wild = 4.0 if row.row.id.startswith("wo-specnorm") else 1.0
        losses = {name: (start, end * wild) for name, (start, end) in LOSSES.items()}
        write_history(place / "history.jsonl", losses, 400, random.Random(key), wobble=0.08 * wild)
    dice = random.Random(key)
    ingredients = {
        "key": key,
        "config": {"model": {"class_path": "WeN", "init_args": {"width": 16, "kl_weight": 20}}},
        "kind": kind,
        "seed": seed,
        "needs": {"ckpt_path": key[::-1]} if kind == "test" else {},
        "data": "5d41402abc4b2a76",
        "features": "effnetlite0" if kind == "test" else "",
        "code": {f"lightning_modules.fashion_completion.{name}": name * 4 for name in ("wen", "losses", "networks")},
    }
    metrics = {"kind": kind, "selected": {"rule": "last", "iteration": 400}}
    rows = tuple(["weN", "weN w/o GAN", "weN w/o Attention"] if shared else [row.row.label])
    command = f"python cli.py {kind} --config runs/WeN-{kind}-{key}/config.yaml"
    return StageRecord(
        stage, kind, seed, key, place, command, 20 + 60 * dice.random(), rows, ingredients, metrics, dict(PROVENANCE)
    )


def _claims(result: TableResult) -> list[ClaimResult]:
    pairs = [
        ("finet", "weN makes more realistic images than FiNet"),
        ("wo-two-stage", "two stages improve realism"),
        ("wo-gan", "adversarial training improves realism"),
        ("wo-attention", "attention improves realism"),
        ("wo-specnorm", "spectral normalisation improves realism"),
    ]
    found = []
    for row_id, text in pairs:
        twins = [row_id, f"{row_id}-controlled"] if row_id in TWINS else [row_id]
        for other in twins:
            version: Any = "" if len(twins) == 1 else "controlled" if other != row_id else "as_printed"
            ref = CellRef(other, "fid")
            claim = Claim(text, f"wen.fid < {other}.fid", CellRef("wen", "fid"), "<", ref, version=version)
            found.append(_claim(result, claim))
    opposite = CellRef("bicyclegan", "fid")
    text = "BicycleGAN makes more realistic images than weN"
    claim = Claim(text, "wen.fid > bicyclegan.fid", CellRef("wen", "fid"), ">", opposite)
    counts = Claim("weN is much smaller than FiNet", "wen.params_g < finet.params_g", CellRef("wen", "params_g"), "<",
                   CellRef("finet", "params_g"))  # fmt: skip
    return [*found, _claim(result, claim), _count_claim(result, counts)]


def _claim(result: TableResult, claim: Claim) -> ClaimResult:
    assert claim.right is not None
    reasons = {
        "wo-attention": "weN w/o Attention is stale: code: lightning_modules.fashion_completion.wen",
        "wo-two-stage-controlled": "weN w/o two-stage, controlled has not run yet",
        "wo-specnorm-controlled": "weN w/o SpecNorm, controlled failed: L_D is not finite at iteration 212",
    }
    if claim.right.row in reasons:
        return ClaimResult(claim, "undecided", reasons[claim.right.row], "fd_effnetlite0")
    left, right = ([*result.row(ref.row).cell("fid").values] for ref in (claim.left, claim.right))
    if claim.right.row == "finet":  # whose first seed is undefined, see _with_trouble
        found = judged(claim, left[1:], right[1:]) if len(left) > 2 else judged(claim, left, right)
        return replace(found, seeds=tuple(range(len(left) - found.n, len(left))))
    if claim.right.row == "wo-two-stage":  # seeds disagree
        right = [value + (-9.0, 8.0, 3.0)[i] for i, value in enumerate(left)]
    return judged(claim, left, right)


def _count_claim(result: TableResult, claim: Claim) -> ClaimResult:
    assert claim.right is not None
    left, right = (result.row(ref.row).cell("params_g").values[0] for ref in (claim.left, claim.right))
    return ClaimResult(
        claim, "supported", "counts are exact", "parameters", (), left, right, (), left - right, exact=True
    )


def _values(result: TableResult, column: Column) -> list[ClaimResult]:
    found = []
    for row_id, offsets in (("wen", (0.2, -0.3, 0.4)), ("wo-gan", (9.0, 11.0, 10.5)), ("bicyclegan", (0.1, 2.9, 1.0))):
        printed = result.row(row_id).cell("fid").paper
        assert printed is not None
        ref = CellRef(row_id, "fid")
        claim = Claim(f"{row_id}.fid", f"{row_id}.fid = paper +- 1.5", ref, "=", value=printed, margin=column.margin)
        count = len(result.rows[0].seeds)
        found.append(judged(claim, [printed + offset for offset in offsets[:count]], [printed] * count, "fid"))
    return found


def _diversity(folder: Path, row: RowResult, inputs: Sequence[int] = (0, 2), samples: int = 4) -> None:
    """Leave the panel of several outputs for some inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for index in inputs:
        paths = [folder / f"diversity_{index:03d}_{sample:02d}.png" for sample in range(samples)]
        for sample, path in enumerate(paths):
            person(PALETTES[(index + 2 * sample + len(row.row.id)) % 8], PALETTES[(index * 3 + 1) % 8]).save(path)
        given = folder / f"{index:03d}_input.png"
        assert row.samples is not None and row.samples.files[index][0] is not None
        given.write_bytes(row.samples.files[index][0].read_bytes())
        files.append((given, *paths))
    columns = ("Input", *(str(number + 1) for number in range(samples)))
    write_panels(folder, [Grid("diversity", "Several", "Left: one input.", columns, tuple(files), shared=1)])
