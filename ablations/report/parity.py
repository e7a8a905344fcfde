"""Does a counted number of parameters round to the printed one?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ablations.report.formatting import count_text
from ablations.results import Cell

_UNITS = {"": Decimal(1), "M": Decimal(10) ** 6}


@dataclass(frozen=True)
class Parity:
    """How a counted value stands to the printed one.

    `verdict`: "match", "misprint" (declared in the table, with the value that the paper's other cells imply),
    "mismatch", or "none" where the paper prints no number or nothing was counted. `note` says it in words.
    """

    verdict: str
    note: str

    @property
    def mark(self) -> str:
        """A sign that can be read without colour."""
        return {"match": "✓", "misprint": "†", "mismatch": "✗", "none": ""}[self.verdict]


def parity(cell: Cell, unit: str) -> Parity:
    """Compares the counted parameters of a cell with the printed text, at the printed decimals.

    A zero at the end of the printed text may be padding (54.7950 from 54.795), so it is not held against a count; the
    note then says how many decimals agreed. One zero at most, and never the only decimal: 3.0000 is not any 3.
    """
    if cell.paper is None or cell.printed is None or not cell.values:
        return Parity("none", "")
    counted = round(cell.values[0])
    if cell.misprint is not None:
        return _misprint(cell, counted)
    if _rounded(counted, cell.printed, unit) == Decimal(cell.printed):
        return Parity("match", "rounds to the printed value")
    shorter = cell.printed.removesuffix("0") if _decimals(cell.printed) > 1 else cell.printed
    if shorter != cell.printed and _rounded(counted, shorter, unit) == Decimal(shorter):
        return Parity("match", f"rounds to the printed value at {_decimals(shorter)} decimals; the rest is padding")
    return Parity("mismatch", f"counted {count_text(counted)}, printed {cell.printed}{unit}")


def _misprint(cell: Cell, counted: int) -> Parity:
    assert cell.misprint is not None
    if counted == round(cell.misprint.computed):
        return Parity("misprint", cell.misprint.note)
    expected = count_text(cell.misprint.computed)
    return Parity("mismatch", f"counted {count_text(counted)}; the misprint's note expects {expected}")


def _rounded(count: int, printed: str, unit: str) -> Decimal:
    return (Decimal(count) / _UNITS[unit]).quantize(Decimal(1).scaleb(-_decimals(printed)), ROUND_HALF_UP)


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
