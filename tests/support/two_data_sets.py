"""Data modules for tests of data sets: of a data set that tests make up, and of two data sets at once."""

from __future__ import annotations

from typing import ClassVar

from datamodules.loading import ResumableData


class Birds(ResumableData):
    """Birds: photographs."""

    data_sets: ClassVar = {"root": "birds"}

    def __init__(self, root: str) -> None:
        super().__init__()
        self.root = root


class PeopleAndPairs(ResumableData):
    """Photographs of people, and pairs of faces without labels."""

    data_sets: ClassVar = {"root": "deepfashion", "pairs_root": "lfw"}

    def __init__(self, root: str, pairs_root: str | None = None, other_root: str | None = None) -> None:
        super().__init__()
        self.root, self.pairs_root, self.other_root = root, pairs_root, other_root
