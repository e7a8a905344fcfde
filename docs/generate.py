"""Generates parts of docs/ with the project's own code: `python docs/generate.py`.

The pages include `generated/*.md`, and a test checks that they are current. Also generates the images in `images/`
(except the screenshot of a report).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablations.lint import CHECKS, RUN_CHECKS
from ablations.resolving.configs import resolve
from ablations.resolving.deviations import deviations
from ablations.resolving.parameters import paper_counts
from ablations.resolving.scales import load_scale, scale_names
from ablations.tables.parity import parity
from ablations.tables.schema import Column, Row, find_table, load_table, table_files
from common.image_sheet import Cell, beside, image_sheet
from datamodules.deepfashion import DeepFashion
from datamodules.preparation.alignment import align
from datamodules.preparation.labels import GARMENTS
from datamodules.synthetic.birds import species as birds
from datamodules.synthetic.birds.scene import Bird, draw_bird
from datamodules.synthetic.faces.draw import draw_somebody
from datamodules.synthetic.flowers import species as flowers
from datamodules.synthetic.flowers.scene import Flower, draw_flower
from datamodules.synthetic.people.deepfashion import synthesize_deepfashion
from datamodules.synthetic.people.label_colours import colour_parsing
from datamodules.synthetic.people.person import IMAGES_PER_ITEM, Person, draw_person
from datamodules.synthetic.people.styles import STYLES
from lightning_modules.fashion_completion.conditioning import mask_image, pose_heatmaps
from lightning_modules.fashion_completion.palette import colour
from lightning_modules.metrics.images import to_image

DOCS = Path(__file__).resolve().parent
MARKS = {"match": "equal", "misprint": "misprint", "mismatch": "**differs**", "none": ""}


def main() -> None:
    for name, page in pages().items():
        (DOCS / "generated" / name).write_text(page(), encoding="utf-8")
    for name, image in images():
        image.save(DOCS / "images" / name, optimize=True)


def pages() -> dict[str, Callable[[], str]]:
    """Return functions that return the generated Markdown, by file name."""
    families = sorted({path.parent.name for path in table_files().values()})
    return {
        "printed.md": printed_table,
        "parameters.md": parameter_table,
        "scales.md": scale_table,
        "class_scales.md": class_scale_table,
        "lint.md": lint_table,
        **{f"deviations_{family}.md": partial(deviation_table, family) for family in families},
    }


def printed_table() -> str:
    """Table 4-1 as the paper prints it."""
    table = find_table("4-1")
    lines = [_line(["Model", *(column.label for column in table.columns)]), _line(["---", *["--:"] * 5])]
    for row in [row for row in table.rows if row.paper]:
        lines.append(_line([row.label, *(_printed_text(row, column) for column in table.columns)]))
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
                printed = _printed_text(row, column)
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


def deviation_table(family: str) -> str:
    """Deviations from the papers that the code of a family's tables declares."""
    tables = [load_table(path) for path in table_files().values() if path.parent.name == family]
    found = dict.fromkeys(entry for table in tables for entry in deviations(table))
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


def _printed_text(row: Row, column: Column) -> str:
    value = row.paper.get(column.id)
    if value is None:
        return ""
    return f"{value.text} {column.unit}".strip() if value.value is not None else value.text


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def images() -> Iterator[tuple[str, Image.Image]]:
    """Yield the images of synthetic data by file name."""
    yield "people.png", people_image()
    yield "styles.png", styles_image()
    yield "inputs.png", inputs_image()
    yield "flowers.png", kinds_image(draw_flower, [species.name for species in flowers.SPECIES])
    yield "faces.png", faces_image()
    yield "birds.png", kinds_image(draw_bird, [species.name for species in birds.SPECIES])


def people_image(across: int = 4, down: int = 3, side: int = 208) -> Image.Image:
    """Return people beside their parsing maps."""
    people = [draw_person(0, item * IMAGES_PER_ITEM, side) for item in range(across * down)]
    cells = [cell for person in people for cell in (_cell(person.image), _cell(colour_parsing(person.parsing)))]
    return _sheet(["person", "parsing"] * across, cells, range(2, 2 * across, 2))


def styles_image(across: int = 8, side: int = 112) -> Image.Image:
    """Return a line for each style: its first people, so that one sees which clothes go together."""
    rows: dict[str, list[Person]] = {style: [] for style in STYLES}
    item = 0
    while any(len(people) < across for people in rows.values()):
        person = draw_person(0, item * IMAGES_PER_ITEM, side)
        if len(people := rows[person.attributes["style"]]) < across:
            people.append(person)
        item += 1
    lines = [(style, [_cell(person.image) for person in people]) for style, people in rows.items()]
    return image_sheet([""] * across, lines)


def inputs_image(people: int = 3, side: int = 136) -> Image.Image:
    """Return a line for each person: what the networks are given, and what they are to generate."""
    with tempfile.TemporaryDirectory() as folder:
        root = synthesize_deepfashion(Path(folder) / "people", count=24)
        data = DeepFashion(str(root), side, batch_size=people, test_count=people, cache_dir=f"{folder}/cache")
        data.setup("test")
        batch = next(iter(data.test_dataloader()))
    classes, pose = colour(batch["parsing"]), pose_heatmaps(batch["keypoints"], (side, side)).amax(1, keepdim=True)
    columns = {
        "photograph": batch["person"],
        "class map": classes,
        "input": mask_image(batch["person"], batch["visible"]),
        "input map": mask_image(classes, batch["visible"]),
        "pose": -pose.expand(-1, 3, -1, -1),
        **{f"seen: {name}": batch["garments"][:, i] for i, name in enumerate(GARMENTS)},
        "target": batch["target_garment"],
    }
    return _sheet([*columns], [Cell(to_image(part[i])) for i in range(people) for part in columns.values()])


def faces_image(people: int = 8, across: int = 10, side: int = 72) -> Image.Image:
    """Return a line for each person: faces aligned as the networks see them."""
    faces = [
        draw_somebody("facescrub", 0, person, rank, person % 2 == 1, 160)
        for person in range(people)
        for rank in range(across)
    ]
    return _sheet([""] * across, [_cell(align(face.image, face.landmarks, side)) for face in faces], least=side)


def kinds_image(draw: Callable[[int, int], Flower | Bird], names: Sequence[str], across: int = 4) -> Image.Image:
    """Return a line for each kind, in two columns: its first images."""
    lines = []
    for kind, name in enumerate(names):
        pixels = [draw(0, kind + i * len(names)).image for i in range(across)]
        lines.append((name, [Cell(Image.fromarray(p).resize((64, 64), Image.Resampling.BOX)) for p in pixels]))
    half = len(lines) // 2
    return beside(*(image_sheet([""] * across, part, least=64) for part in (lines[:half], lines[half:])))


def _sheet(columns: Sequence[str], cells: Sequence[Cell], gaps: Collection[int] = (), least: int = 96) -> Image.Image:
    lines = [("", cells[i : i + len(columns)]) for i in range(0, len(cells), len(columns))]
    return image_sheet(columns, lines, gaps, least=least)


def _cell(pixels: NDArray[np.uint8]) -> Cell:
    return Cell(Image.fromarray(pixels))


if __name__ == "__main__":
    main()
