"""Generates parts of docs/ with the project's own code: `python docs/generate.py`.

The pages include `generated/*.md`, and a test checks that they are current. Also generates the images in `images/`
(except the screenshot of a report).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ablations.lint import CHECKS, RUN_CHECKS
from ablations.resolving.configs import resolve
from ablations.resolving.deviations import deviations
from ablations.resolving.parameters import paper_counts
from ablations.resolving.scales import load_scale, scale_names
from ablations.tables.parity import parity
from ablations.tables.schema import Column, Row, find_table, load_table, table_files
from datamodules.deepfashion import DeepFashion
from datamodules.preparation.alignment import align
from datamodules.preparation.labels import GARMENTS
from datamodules.synthetic.birds import species as birds
from datamodules.synthetic.birds.scene import Bird, draw_bird
from datamodules.synthetic.faces.draw import draw_somebody
from datamodules.synthetic.flowers import species as flowers
from datamodules.synthetic.flowers.scene import Flower, draw_flower
from datamodules.synthetic.people.deepfashion import synthesize_deepfashion
from datamodules.synthetic.people.person import IMAGES_PER_ITEM, Person, draw_person
from datamodules.synthetic.people.sheets import contact_sheet
from datamodules.synthetic.people.styles import STYLES
from lightning_modules.fashion_completion.conditioning import holed, pose_heatmaps
from lightning_modules.fashion_completion.palette import colour
from lightning_modules.metrics.images import to_uint8

DOCS = Path(__file__).resolve().parent
Pixels = NDArray[np.uint8]
MARKS = {"match": "equal", "misprint": "misprint", "mismatch": "**differs**", "none": ""}


def main() -> None:
    for name, text in pages().items():
        (DOCS / "generated" / name).write_text(text, encoding="utf-8")
    for name, image in images():
        Image.fromarray(image).save(DOCS / "images" / name, optimize=True)


def pages() -> dict[str, str]:
    """The generated Markdown by file name."""
    return {
        "printed.md": printed_table(),
        "parameters.md": parameter_table(),
        "scales.md": scale_table(),
        "class_scales.md": class_scale_table(),
        "lint.md": lint_table(),
        "deviations.md": deviation_table(),
    }


def printed_table() -> str:
    """Table 4-1 as the paper prints it."""
    table = find_table("4-1")
    lines = [_line(["Model", *(column.label for column in table.columns)]), _line(["---", *["--:"] * 5])]
    for row in [row for row in table.rows if row.paper]:
        lines.append(_line([row.label, *(_printed(row, column) for column in table.columns)]))
    return "\n".join(lines) + "\n"


def parameter_table() -> str:
    """The parameter counts of Table 4-1: the 25 printed, and all counted in both ways on the paper-scale networks."""
    table = find_table("4-1")
    counts = paper_counts(table)
    columns = [column for column in table.columns if column.parameters]
    lines = [_line(["Model", "Network", "Printed", "Counted", "", "Live"])]
    lines.append(_line(["---", "---", "--:", "--:", "---", "--:"]))
    verdicts = []
    for row in table.rows:
        for column in columns:
            found = counts[row.id].get(column.parameters or "")
            if found is not None:
                verdict = _verdict(row, column, found["paper"])
                verdicts += [verdict] if verdict != "none" else []
                printed = _printed(row, column)
                numbers = f"{found['paper']:,}", MARKS[verdict], f"{found['live']:,}"
                lines.append(_line([row.label, column.label, printed, *numbers]))
    summary = ", ".join(f"{verdicts.count(v)} {word}" for v, word in MARKS.items() if v in verdicts)
    return "\n".join(lines) + f"\n\n{len(verdicts)} printed counts: {summary}.\n"


def scale_table() -> str:
    """Settings of the scales in weN's stages."""
    table = find_table("4-1")
    row, fits = table.rows[0], [stage for stage in table.stages if stage.kind == "fit"]
    lines = [_line(["`SCALE=`", "For", "Images", "Batch", "Iterations", "Test images", "People"])]
    lines.append(_line(["---", "---", *["--:"] * 5]))
    drawn = {name: load_scale(name).family(table.family).data["DeepFashion"].synthetic or 0 for name in scale_names()}
    for scale in sorted(map(load_scale, scale_names()), key=lambda scale: drawn[scale.name]):
        configs = [resolve(table, row, stage, scale) for stage in fits]
        data = configs[0]["data"]["init_args"]
        iterations = ", ".join(f"{config['model']['init_args']['max_iterations']:,}" for config in configs)
        numbers = data["batch_size"], iterations, f"{data['test_count']:,}", f"{drawn[scale.name]:,}"
        lines.append(
            _line([f"`{scale.name}`", scale.family(table.family).about, f"{data['resolution']} px", *map(str, numbers)])
        )
    return "\n".join(lines) + "\n"


def class_scale_table() -> str:
    """Settings of the scales in the stages of Table 4.1's CVAE-GAN."""
    table = find_table("4.1")
    row, fits = table.row("cvae-gan"), [stage for stage in table.stages if stage.kind == "fit"]
    names = [stage.name for stage in fits]
    lines = [_line(["`SCALE=`", "Images", "Batch", "People", "Width of G", "Synthetic faces", *names])]
    lines.append(_line(["---", *["--:"] * (5 + len(names))]))
    found = []
    for scale in map(load_scale, scale_names()):
        configs = [resolve(table, row, stage, scale) for stage in fits]
        data, gan = configs[0]["data"]["init_args"], configs[names.index("gan")]["model"]["init_args"]
        drawn = scale.family(table.family).data["FaceScrub"].synthetic or 0
        numbers = f"{data['resolution']} px", data["batch_size"], gan["classes"], gan["width"], f"{drawn:,}"
        iterations = [f"{config['model']['init_args']['max_iterations']:,}" for config in configs]
        found.append((drawn, _line([f"`{scale.name}`", *map(str, numbers), *iterations])))
    return "\n".join([*lines, *(line for _, line in sorted(found))]) + "\n"


def lint_table() -> str:
    """The fairness checklist: of a table file, then of what has run."""
    lines = [_line(["Check", "Of", "Requirement"]), _line(["---"] * 3)]
    lines += [_line([f"`{name}`", "the table", text]) for name, (text, _) in CHECKS.items()]
    lines += [_line([f"`{name}`", "its runs", text]) for name, text in RUN_CHECKS.items()]
    return "\n".join(lines) + "\n"


def deviation_table() -> str:
    """Deviations from the papers that the code of all tables declares."""
    found = dict.fromkeys(entry for path in table_files().values() for entry in deviations(load_table(path)))
    if not found:
        return "No module declares any.\n"
    lines = [_line(["Where", "The paper", "Here", "Why", "Declared in"]), _line(["---"] * 5)]
    for module, entry in found:
        texts = (text.replace("|", "\\|") for text in (entry.where, entry.paper, entry.ours, entry.why))
        lines.append(_line([*texts, f"`{module}`"]))
    return "\n".join(lines) + "\n"


def _verdict(row: Row, column: Column, count: int) -> str:
    misprint = next((m for m in row.misprints if m.column == column.id), None)
    return parity(row.paper.get(column.id), count, column.unit, misprint).verdict


def _printed(row: Row, column: Column) -> str:
    value = row.paper.get(column.id)
    if value is None:
        return ""
    return f"{value.text} {column.unit}".strip() if value.value is not None else value.text


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def images() -> Iterator[tuple[str, Pixels]]:
    """Yield the generated images by file name, (H, W, 3) RGB."""
    yield "people.png", contact_sheet([draw_person(0, item * IMAGES_PER_ITEM, 208) for item in range(12)], 4, 3)
    yield "styles.png", styles_image()
    yield "inputs.png", inputs_image()
    yield "flowers.png", kinds_image(draw_flower, [species.name for species in flowers.SPECIES])
    yield "faces.png", faces_image()
    yield "birds.png", kinds_image(draw_bird, [species.name for species in birds.SPECIES])


def styles_image(across: int = 8, side: int = 112) -> Pixels:
    """Sheet with one row per style: the first people of each."""
    rows: dict[str, list[Person]] = {style: [] for style in STYLES}
    item = 0
    while any(len(people) < across for people in rows.values()):
        person = draw_person(0, item * IMAGES_PER_ITEM, side)
        if len(people := rows[person.attributes["style"]]) < across:
            people.append(person)
        item += 1
    lines = [np.hstack([person.image for person in people]) for people in rows.values()]
    return np.vstack([np.hstack([_label(style, 84, side), line]) for style, line in zip(rows, lines, strict=True)])


def inputs_image(people: int = 3, side: int = 136) -> Pixels:
    """Sheet with one row per person: inputs and targets of the networks."""
    with tempfile.TemporaryDirectory() as folder:
        root = synthesize_deepfashion(Path(folder) / "people", count=24)
        data = DeepFashion(str(root), side, batch_size=people, test_count=people, cache_dir=f"{folder}/cache")
        data.setup("test")
        batch = next(iter(data.test_dataloader()))
    classes, pose = colour(batch["parsing"]), pose_heatmaps(batch["keypoints"], (side, side)).amax(1, keepdim=True)
    columns = {
        "photograph": batch["person"],
        "class map": classes,
        "input": holed(batch["person"], batch["visible"]),
        "input map": holed(classes, batch["visible"]),
        "pose": -pose.expand(-1, 3, -1, -1),
        **{f"seen: {name}": batch["garments"][:, i] for i, name in enumerate(GARMENTS)},
        "target": batch["target_garment"],
    }
    captions = np.hstack([_label(name, side, 28) for name in columns])
    grid = to_uint8(torch.cat(list(columns.values()), 3)).permute(0, 2, 3, 1).flatten(0, 1).numpy()
    return np.vstack([captions, grid])


def faces_image(people: int = 8, across: int = 10, side: int = 72) -> Pixels:
    """Sheet with one row per person: aligned faces, as the networks get them."""
    rows = []
    for person in range(people):
        drawn = [draw_somebody("facescrub", 0, person, rank, person % 2 == 1, 160) for rank in range(across)]
        rows.append(np.hstack([align(face.image, face.landmarks, side) for face in drawn]))
    return np.vstack(rows)


def kinds_image(draw: Callable[[int, int], Flower | Bird], names: Sequence[str], across: int = 4) -> Pixels:
    """Sheet with one row per kind, in two columns: the first images of each."""
    rows = []
    for kind, name in enumerate(names):
        images = [draw(0, kind + i * len(names)).image for i in range(across)]
        small = [np.asarray(Image.fromarray(image).resize((64, 64), Image.Resampling.BOX)) for image in images]
        rows.append(np.hstack([_label(name, 176, 64, 14), *small]))
    half = len(rows) // 2
    return np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])


def _label(text: str, width: int, height: int, size: int = 17) -> Pixels:
    image = Image.new("RGB", (width, height), "white")
    font = ImageFont.load_default(size=size)
    ImageDraw.Draw(image).text((width / 2, height / 2), text, "black", font, anchor="mm")
    return np.asarray(image)


if __name__ == "__main__":
    main()
