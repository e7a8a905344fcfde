"""An invented result of a table laid out like Table 4-1, to test what is made from results. No number is measured."""

from __future__ import annotations

import json
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from ablations.results.table_result import Cell, ClaimResult, RowResult, Suggestion, TableResult
from ablations.tables.table import CellRef, Claim, Column, Misprint, Paper, PrintedValue, Row, StageSpec, Table
from lightning_modules.panels import Grid

NETWORKS = {"params_g": "G", "params_e": "E", "params_ec": "Ec", "params_d": "D"}
COLUMNS = (
    Column("fid", "FID", better="lower", metric="fid", stand_in="fd_effnetlite0"),
    *(Column(key, network, parameters=network, unit="M") for key, network in NETWORKS.items()),
)
SLIP = Misprint("params_e", 940_200, 949_184, "printed 0.9402M, but Ec's printed count implies 949,184")

#: label, printed FID and counts, counted, live.
ROWS = (
    ("wen", "weN", "23.07 3.0506 0.9601 0.9631 1.5893", (3_050_562, 960_126, 963_096, 1_589_345),
     (2_848_768, 949_184, 952_064, 1_097_793)),
    ("finet", "FiNet", "34.68 96.0798 40.9167 40.9219 /", (96_079_840, 40_916_688, 40_921_872), None),
    ("bicyclegan", "BicycleGAN", "28.02 54.7950 2.5900 / 3.4590", (54_794_627, 2_590_032, None, 3_458_978), None),
    ("wo-two-stage", "weN w/o two-stage", "24.28 3.0301 0.9601 0.9631 1.5893",
     (3_030_120, 960_126, 963_096, 1_589_345), (2_828_686, 949_184, 952_064, 1_097_793)),
    ("wo-gan", "weN w/o GAN", "35.90 3.0268 0.9601 0.9631 /", (3_026_820, 960_126, 963_096),
     (2_825_386, 949_184, 952_064)),
    ("wo-attention", "weN w/o Attention", "27.32 2.5672 0.9601 0.9631 1.1060",
     (2_567_232, 960_126, 963_096, 1_106_015), (2_374_784, 949_184, 952_064, 1_093_696)),
    ("wo-specnorm", "weN w/o SpecNorm", "29.78 3.0208 0.9402 0.9521 1.5782",
     (3_020_800, 949_184, 952_064, 1_578_179), (2_848_768, 949_184, 952_064, 1_097_793)),
)  # fmt: skip
#: As the runs write it; the times of day are there to be left out.
PROVENANCE = {
    "code": {"commit": "0123456789abcdef0123", "dirty": False},
    "data": {"root": "data/synthetic", "fingerprint": "5d41402abc4b2a76"},
    "machine": {"system": "an invented system", "python": "3.11.9", "processor": "an invented processor", "threads": 1},
    "packages": {"torch": "2.15.0", "pytorch-lightning": "2.6.6"},
    "command": "cli.py fit", "started": "2031-01-02T03:04:05", "finished": "2031-01-02T03:09:05",
}  # fmt: skip
PALETTES = ("#2f6f8f", "#b4553d", "#5f7f4f", "#7a5c99", "#c08a2e", "#44506b", "#a3476b", "#4c8c84")


def invented_result(folder: Path, seeds: int = 1) -> TableResult:
    """Seven rows, all done, with images and histories written under ``folder``."""
    rows = [_row(folder, spec, seeds) for spec in ROWS]
    table = Table(
        id="4-1",
        title="Quantitative comparison of fashion completion models",
        family="fashion_completion",
        path=Path("ablations/fashion_completion/table_4-1.yaml"),
        paper=Paper("fashion-completion-2019", "Table 4-1"),
        columns=COLUMNS,
        stages=(StageSpec("shape", "fit", config="shape.yaml"), StageSpec("texture", "fit", config="texture.yaml")),
        rows=tuple(row.row for row in rows),
        claims=tuple(claim.claim for claim in _claims(rows)),
        base="wen",
    )
    return TableResult(
        table=table,
        scale="toy",
        scale_changes=[
            "WeNTexture.width: 32 -> 16",
            "WeNTexture.levels: 5 -> 4",
            "WeNTexture.max_iterations: 60000 -> 400",
            "DeepFashion.resolution: 256 -> 64",
            "DeepFashion.batch_size: 16 -> 8",
        ],
        data_label="synthetic DeepFashion In-shop (240 people)",
        synthetic=True,
        rows=rows,
        claims=_claims(rows),
        command="make ablate TABLE=4-1",
    )


def with_row(result: TableResult, row_id: str, **changes: object) -> TableResult:
    """The same result with fields of one row replaced."""
    rows = [replace(row, **changes) if row.row.id == row_id else row for row in result.rows]  # type: ignore[arg-type]
    return replace(result, rows=rows)


def empty_row(result: TableResult, row_id: str, status: str, reason: str) -> TableResult:
    """The same result with one row that has no measured values."""
    old = result.row(row_id)
    cells = [replace(cell, values=[], metric="fid") if cell.column_id == "fid" else cell for cell in old.cells]
    return with_row(
        result, row_id, status=status, reason=reason, cells=cells, seeds=[], headline="", metrics={}, variants={},
        protocol={}, samples=None, histories={}, provenance={}, stage_metrics={}, seconds=None,
    )  # fmt: skip


def _row(folder: Path, spec: tuple, seeds: int) -> RowResult:
    key, label, printed, counted, live = spec
    dice = random.Random(key)
    texts = dict(zip(["fid", *NETWORKS], printed.split(), strict=True))
    paper = {c: PrintedValue(t, None if t == "/" else float(t) * (1 if c == "fid" else 1e6)) for c, t in texts.items()}
    misprints = (SLIP,) if key == "wo-specnorm" else ()
    note = "Also drops three of the four output scales: 23,742 of G's parameters." if key == "wo-gan" else ""
    row = Row(key, label, paper, base="wen", baseline=key in ("finet", "bicyclegan"), note=note, misprints=misprints)
    distance = 2.5 * float(texts["fid"]) + 30
    variants = {
        name: {
            "fd_effnetlite0": [distance + shift + dice.uniform(-2, 2) for _ in range(seeds)],
            "kd_effnetlite0": [distance / 9000 + dice.uniform(0, 0.001) for _ in range(seeds)],
            "is_effnetlite0": [2 + dice.random() for _ in range(seeds)],
            "ssim": [0.8 + dice.uniform(0, 0.05) for _ in range(seeds)],
            "psnr": [21 + dice.uniform(0, 2) for _ in range(seeds)],
        }
        for name, shift in _variants(key).items()
    }
    headline = next(iter(variants))
    networks = zip(NETWORKS.values(), counted, live or counted, strict=False)
    counts = {network: {"paper": n, "live": alive} for network, n, alive in networks if n is not None}
    metrics = dict(variants[headline])
    if "predicted_parsing" in variants:
        metrics |= {"parsing_miou_hole": [0.61] * seeds, "parsing_miou_hole_constant": [0.14] * seeds}
    return RowResult(
        row=row,
        status="done",
        reason="",
        seeds=list(range(seeds)),
        cells=[_cell(column, row, metrics, counts) for column in COLUMNS],
        headline=headline,
        metrics=metrics,
        variants=variants,
        protocol=_protocol(),
        samples=_samples(folder / key / "samples", dice, list(variants)),
        histories=_histories(folder, key),
        provenance={"texture": PROVENANCE},
        parameter_counts=counts,
        config_diff=[] if key == "wen" else [f"texture.model.{key.replace('-', '_')}: true -> false"],
        commands=[f"python cli.py fit --config runs/{key}-texture-0123abcd/config.yaml",
                  f"python cli.py test --config runs/{key}-test-89ab4567/config.yaml"],
        seconds=dice.uniform(80, 200),
    )  # fmt: skip


def _cell(column: Column, row: Row, metrics: dict[str, list[float]], counts: dict[str, dict[str, int]]) -> Cell:
    printed = row.paper[column.id]
    misprint = next((m for m in row.misprints if m.column == column.id), None)
    if column.parameters is None:
        return Cell(column.id, printed.value, printed.text, metrics["fd_effnetlite0"], "fd_effnetlite0", False)
    values = [float(counts[column.parameters]["paper"])] if column.parameters in counts else []
    return Cell(column.id, printed.value, printed.text, values, "parameters", True, misprint)


def _variants(key: str) -> dict[str, float]:
    return (
        {"single": 0.0}
        if key in ("bicyclegan", "wo-two-stage")
        else {"predicted_parsing": 0, "ground_truth_parsing": -3}
    )


def _protocol() -> dict[str, object]:
    return {
        "generated": 64, "real": 64, "resolution": 64, "features": "effnetlite0", "features_sha256": "cd" * 32,
        "fd_effnetlite0_floor": 41.372,
        "floor": "fd_effnetlite0 between two random halves of the real images, 32 and 32",
        "warning": "64 images are few (under 2048): fd_effnetlite0 is biased upward; compare it only at equal counts, "
        "and read kd_effnetlite0 beside it",
    }  # fmt: skip


def _claims(rows: list[RowResult]) -> list[ClaimResult]:
    by_id = {row.row.id: row for row in rows}
    found = []
    for other, text in (
        ("wo-two-stage", "Two stages improve realism"),
        ("wo-gan", "Adversarial training improves realism"),
        ("wo-attention", "Attention improves realism"),
    ):
        claim = Claim(text, f"wen.fid < {other}.fid", CellRef("wen", "fid"), "<", CellRef(other, "fid"))
        left, right = (by_id[key].cell("fid").values for key in ("wen", other))
        found.append(judged(claim, left, right))
    return found


def judged(claim: Claim, left: Sequence[float], right: Sequence[float], metric: str = "fd_effnetlite0") -> ClaimResult:
    """An invented verdict on invented values, one a seed on either side: enough for a report to be looked at."""
    differences = tuple(a - b for a, b in zip(left, right, strict=True))
    n = len(differences)
    effect = statistics.fmean(differences)
    common = {
        "seeds": tuple(range(n)), "left": statistics.fmean(left), "right": statistics.fmean(right),
        "differences": differences, "effect": effect,
    }  # fmt: skip
    if n < 2:
        reason = "one seed decides nothing"
        return ClaimResult(claim, "undecided", reason, metric, **common, suggestion=suggestion())
    half = {2: 12.706, 3: 4.303, 4: 3.182}[n] * statistics.stdev(differences) / math.sqrt(n)
    low, high = effect - half, effect + half
    margin = claim.margin or 0.0
    inside = {"<": high < 0, ">": low > 0, "=": -margin < low and high < margin}[claim.operator]
    outside = {"<": low > 0, ">": high < 0, "=": low > margin or high < -margin}[claim.operator]
    verdict: Any = "supported" if inside else "contradicted" if outside else "undecided"
    reason = {
        "supported": "the interval lies where the claim says",
        "contradicted": "the interval lies where the claim does not",
        "undecided": "the interval lies on both sides",
    }[verdict]
    more = None if verdict != "undecided" else suggestion() if abs(effect) > 1 else suggestion(None)
    return ClaimResult(claim, verdict, reason, metric, **common, interval=(low, high), suggestion=more)


def suggestion(seeds: int | None = 6) -> Suggestion:
    """What would decide, invented."""
    return Suggestion(seeds, None if seeds is None else 1260.0, f"make ablate TABLE=4-1 SEEDS={seeds or 3}")


def _histories(folder: Path, key: str) -> dict[str, Path]:
    dice = random.Random(key)
    paths = {"texture": folder / key / "history.jsonl"}
    names = {"L_app": (0.9, 0.15), "L_KL": (40.0, 0.4), "L_adv_I": (0.8, 0.5), "L_D": (2.2, 0.9)}
    if key in ("finet", "wo-gan"):
        names = {name: names[name] for name in ("L_app", "L_KL")}
    write_history(paths["texture"], names, 400, dice)
    if key not in ("bicyclegan", "wo-two-stage"):
        own = key == "finet"
        paths["shape"] = folder / ("shape_finet" if own else "shape") / "history.jsonl"
        write_history(paths["shape"], {"L_seg": (2.1, 0.3), "L_KL": (3.0, 0.2)}, 300, random.Random(own))
    return dict(sorted(paths.items()))


def write_history(
    path: Path, names: dict[str, tuple[float, float]], last: int, dice: random.Random, wobble: float = 0.1
) -> None:
    """Losses that fall from the first value to the second and wobble on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for iteration in range(10, last + 1, 10):
        row: dict[str, float] = {"iteration": iteration}
        for name, (start, end) in names.items():
            row[name] = (end + (start - end) * math.exp(-5 * iteration / last)) * dice.uniform(1 - wobble, 1 + wobble)
        lines.append(json.dumps(row))
    path.write_text("\n".join(lines) + "\n")


def _samples(folder: Path, dice: random.Random, variants: list[str], count: int = 8) -> Grid:
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for index in range(count):
        truth = person(PALETTES[index], PALETTES[(index * 3 + 1) % 8])
        hole = truth.copy()
        ImageDraw.Draw(hole).rectangle((18, 19, 45, 41), fill="#808080")
        images = {"input": hole, "truth": truth}
        for variant in variants:
            tones = [round(int(PALETTES[index][i : i + 2], 16) * dice.uniform(0.7, 1.2)) for i in (1, 3, 5)]
            images[variant] = person(
                "#" + "".join(f"{min(tone, 255):02x}" for tone in tones), PALETTES[(index * 3 + 1) % 8]
            )
        paths = {name: folder / f"{index:03d}_{name}.png" for name in images}
        for name, image in images.items():
            image.save(paths[name])
        found.append(tuple(paths.values()))
    columns = ("Input", "Ground truth", *variants)
    return Grid("samples", "Test images", "The first test images, not selected.", columns, tuple(found), shared=2)


def person(top: str, bottom: str) -> Image.Image:
    """A drawn figure in two colours."""
    image = Image.new("RGB", (64, 64), "#ece7df")
    draw = ImageDraw.Draw(image)
    draw.ellipse((26, 4, 38, 18), fill="#d9a884")
    draw.polygon([(20, 20), (44, 20), (41, 40), (23, 40)], fill=top)
    draw.rectangle((24, 40, 31, 60), fill=bottom)
    draw.rectangle((33, 40, 40, 60), fill=bottom)
    return image
