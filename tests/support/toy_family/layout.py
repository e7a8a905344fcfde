"""The layout of the toy data set, a number a line; published in two forms.

<root>/numbers.txt      or
<root>/numbers.csv
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from common.errors import DataError
from datamodules.data_set import DataSet
from datamodules.files import read_lines
from datamodules.verification import DataCheck

FORMS = ("numbers.txt", "numbers.csv")


def read_numbers(root: Path) -> list[float]:
    """Read the list. Raises DataError naming the file."""
    path = _list(root)
    try:
        return [float(line) for line in read_lines(path)]
    except ValueError as error:
        raise DataError(f"{path}: {error}; fetch it again") from error


def is_synthetic(root: Path) -> bool:
    """Return whether the folder was written by `data synthesize`."""
    return (root / "SYNTHETIC.json").is_file()


def fingerprint(root: Path) -> str:
    """Return a digest of the list."""
    return hashlib.sha256(_list(root).read_bytes()).hexdigest()


def verify(root: Path) -> DataCheck:
    """Read the list."""
    return DataCheck(root, "toy numbers", len(read_numbers(root)), [])


def _list(root: Path) -> Path:
    found = next((root / form for form in FORMS if (root / form).is_file()), None)
    if found is None:
        raise DataError(f"toy numbers: {root} has neither {' nor '.join(FORMS)}")
    return found


DATA_SET = DataSet(
    name="toy",
    title="Toy numbers",
    folder="toy-numbers",
    markers=FORMS,
    holds="numbers.txt, or numbers.csv",
    images=read_numbers,
    group="toys",
    noun="numbers",
    count=64,
)
