"""Attributes of faces: a file with a line per face, an addition of ours to a data set."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.files import read_lines

Words = Mapping[tuple[str, ...], tuple[str, ...]]


def read_attributes(path: Path, keys: tuple[str, ...]) -> tuple[list[str], Words]:
    """Read the attributes' names, and the words of each face by the values of the key columns.

    Args:
        path: CSV; its first line names the columns: the keys, then the attributes.
        keys: columns that identify the face.

    Raises:
        DataError: no such file or columns, an incomplete line, or one that repeats a face; names file and line.
    """
    rows = csv.reader(read_lines(path))
    header = [name.strip() for name in next(rows, [])]
    names = header[len(keys) :]
    if tuple(header[: len(keys)]) != keys or not names or len(set(names)) < len(names):
        raise DataError(f"{path}: line 1 is {','.join(header)!r}; it must be {','.join(keys)} and names of attributes")
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in rows:
        values = [value.strip() for value in row]
        if len(values) != len(header) or not all(values):
            raise DataError(f"{path}: line {rows.line_num} must have {len(header)} values; fix it or remove the file")
        key = tuple(values[: len(keys)])
        if key in found:
            raise DataError(f"{path}: line {rows.line_num} gives {' '.join(key)} a second time; remove one of the two")
        found[key] = tuple(values[len(keys) :])
    return names, found


def category_codes(words: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Return the words of N faces as numbers (N, A), each column's in alphabetical order."""
    columns = [np.unique(column, return_inverse=True)[1] for column in zip(*words, strict=True)]
    return np.stack(columns, axis=1).astype(np.int64)


def attributes_line(keys: Sequence[str], words: Mapping[str, str]) -> str:
    """Return a line of an attributes file."""
    return ",".join([*keys, *words.values()])
