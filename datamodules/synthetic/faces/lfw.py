"""Synthetic faces, written to disk in the layout of Labeled Faces in the Wild, with pairs and landmarks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np

from common.errors import DataError
from datamodules.layouts.lfw import LANDMARK_KEYS, LANDMARKS, PAIRS, PEOPLE
from datamodules.preparation.alignment import COORDINATES, Landmarks, landmarks_line
from datamodules.synthetic.faces.draw import draw_somebody
from datamodules.synthetic.faces.names import name_of
from datamodules.synthetic.writing import Marker, draw_each, jpeg, store, write_whole

GENERATOR = "datamodules.synthetic.lfw"
VERSION = 2  # increase it with every change of a pixel: data fingerprints and caches depend on it
SIDE = 250
FOLDS = 10
_EACH = 4  # images of each person
_PAIRS = 300  # maximum of pairs of the same and of different people per fold; the official number


def synthesize_lfw(
    out: Path, count: int = 240, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write `count` synthetic photographs of faces under `out` (250 x 250, official layout) and return `out`.

    Four of each person, and pairs.txt with up to ten folds of equally many pairs of the same and of different people,
    without people in common. The people differ from those of the synthetic FaceScrub, whatever the seeds. The folder
    appears whole or not at all, and the same (version, seed, count) gives the same bytes. One that is there already is
    kept; an earlier one with another seed, count or version is replaced.

    Args:
        out: the data set's root.
        count: photographs, at least 4: two of two people.
        seed: of all random numbers.
        progress: called with (photographs done, count).

    Raises:
        DataError: `out` has other content, or cannot be written.
    """
    if count < _EACH:
        raise DataError(f"a synthetic LFW needs at least {_EACH} images, not {count}: raise count")
    marker = Marker(GENERATOR, VERSION, seed, count)
    return write_whole(Path(out), "LFW", marker, partial(_write, marker=marker, progress=progress))


def _write(root: Path, marker: Marker, progress: Callable[[int, int], None] | None) -> None:
    people = max(marker.count // _EACH, 2)
    names = [name_of("lfw", marker.seed, i, i % 2 == 1).replace(" ", "_") for i in range(people)]
    points = draw_each(partial(_draw, root, marker.seed, names), marker.count, progress)
    lines = [landmarks_line((names[i % people], str(i // people + 1)), found) for i, found in enumerate(points)]
    store(root / LANDMARKS, _text([",".join([*LANDMARK_KEYS, *COORDINATES]), *sorted(lines)]))
    counts = {name: len(range(i, marker.count, people)) for i, name in enumerate(names)}
    dealt = [names[i] for i in np.random.default_rng([marker.seed, people]).permutation(people)]
    folds = [dealt[start :: min(FOLDS, people // 2)] for start in range(min(FOLDS, people // 2))]
    drawn = [_pairs({name: counts[name] for name in fold}, marker.seed + i) for i, fold in enumerate(folds)]
    each = min(_PAIRS, *(len(part) for pairs in drawn for part in pairs))
    listed = [line for pairs in drawn for part in pairs for line in part[:each]]
    store(root / PAIRS, _text([f"{len(folds)}\t{each}", *listed]))
    sets = [[str(len(fold)), *(f"{name}\t{counts[name]}" for name in sorted(fold))] for fold in folds]
    store(root / PEOPLE, _text([str(len(folds)), *(line for lines in sets for line in lines)]))


def _draw(root: Path, seed: int, names: list[str], index: int) -> Landmarks:
    rank, person = divmod(index, len(names))
    drawn = draw_somebody("lfw", seed, person, rank, person % 2 == 1, SIDE)
    store(root / "lfw" / names[person] / f"{names[person]}_{rank + 1:04d}.jpg", jpeg(drawn.image))
    return drawn.landmarks


def _pairs(counts: dict[str, int], seed: int) -> tuple[list[str], list[str]]:
    """Return the lines of all pairs of the same and of different people of a fold, in random order."""
    images = [(name, i) for name, count in sorted(counts.items()) for i in range(1, count + 1)]
    same, different = [], []
    for (name, i), (other, j) in combinations(images, 2):
        if name == other:
            same.append(f"{name}\t{i}\t{j}")
        else:
            different.append(f"{name}\t{i}\t{other}\t{j}")
    rng = np.random.default_rng([seed, len(images)])
    return [same[i] for i in rng.permutation(len(same))], [different[i] for i in rng.permutation(len(different))]


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
