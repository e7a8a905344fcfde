"""Synthetic birds, written to disk in the layout of CUB-200-2011, with boxes and attributes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datamodules.preparation.cub_attributes import LABELS, NAMES
from datamodules.synthetic.birds.perches import GROUNDS
from datamodules.synthetic.birds.scene import Bird, draw_bird
from datamodules.synthetic.birds.species import SPECIES
from datamodules.synthetic.writing import Marker, draw_each, jpeg, store, write_whole

GENERATOR = "datamodules.synthetic.cub"
VERSION = 2  # increase it with every change of a pixel: data fingerprints and caches depend on it


@dataclass(frozen=True)
class _Row:
    name: str
    species: int
    rank: int
    box: tuple[int, int, int, int]
    attributes: dict[str, bool]


def synthesize_cub(
    out: Path, count: int = 800, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write `count` synthetic birds of 20 kinds under `out` (128 x 128, official layout) and return `out`.

    They are distributed evenly over the kinds: 800 have 40 per kind. The folder appears
    whole or not at all, and the same (version, seed, count) gives the same bytes. One that is there already is kept; an
    earlier one with another seed, count or version is replaced.

    Args:
        out: the data set's root.
        count: photographs, at least 1.
        seed: of all random numbers.
        progress: called with (photographs done, count).

    Raises:
        DataError: `out` has other content, or cannot be written.
    """
    marker = Marker(GENERATOR, VERSION, seed, count)
    return write_whole(Path(out), "CUB-200-2011", marker, partial(_write, marker=marker, progress=progress))


def _write(root: Path, marker: Marker, progress: Callable[[int, int], None] | None) -> None:
    rows = draw_each(partial(_draw, root, marker.seed), marker.count, progress)
    rows.sort(key=lambda row: (row.species, row.rank))  # numbered by kind, as in the official lists
    kinds = [_folder(i) for i in range(min(marker.count, len(SPECIES)))]
    _list(root / "classes.txt", kinds)
    _list(root / "images.txt", [row.name for row in rows])
    _list(root / "image_class_labels.txt", [str(row.species + 1) for row in rows])
    # Every second one, as in the official split into halves.
    _list(root / "train_test_split.txt", [str((row.rank + row.species + 1) % 2) for row in rows])
    _list(root / "bounding_boxes.txt", [" ".join(f"{side:.1f}" for side in row.box) for row in rows])
    _list(root / "attributes" / NAMES, list(rows[0].attributes))
    said = [(i, k, is_so) for i, row in enumerate(rows, 1) for k, is_so in enumerate(row.attributes.values(), 1)]
    store(root / LABELS, "".join(f"{i} {k} {int(is_so)} 4 1.0\n" for i, k, is_so in said).encode())


def _list(path: Path, values: list[str]) -> None:
    store(path, "".join(f"{i} {value}\n" for i, value in enumerate(values, start=1)).encode())


def _folder(species: int) -> str:
    return f"{species + 1:03d}.{SPECIES[species].name.capitalize().replace(' ', '_')}"


def _draw(root: Path, seed: int, index: int) -> _Row:
    bird = draw_bird(seed, index)
    rank = index // len(SPECIES)
    stem = SPECIES[bird.species].name.title().replace(" ", "_")
    name = f"{_folder(bird.species)}/{stem}_{rank + 1:04d}_{index + 1}.jpg"
    store(root / "images" / name, jpeg(bird.image))
    return _Row(name, bird.species, rank, bird.box, _attributes(bird))


def _attributes(bird: Bird) -> dict[str, bool]:
    """Return the attributes that vary within a kind, in the style of the official names."""
    return {
        "looks_to_the::left": bird.left,
        "looks_to_the::right": not bird.left,
        "turns_its_head::to_the_viewer": bird.turned,
        **{f"sits_on::{perch}": bird.perch == perch for perch in GROUNDS},
    }
