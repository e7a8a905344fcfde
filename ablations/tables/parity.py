"""Comparison of exact quantities of a network, such as parameter counts, with printed ones."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ablations.tables.table import UNITS, Misprint, PrintedValue


@dataclass(frozen=True)
class Parity:
    """Relation of a counted value to the printed one.

    `verdict`: "match", "misprint" (declared in the table, with the value that the paper's other cells imply),
    "mismatch", or "none" if the paper prints no number or nothing was counted. `note` explains it.
    """

    verdict: str
    note: str

    @property
    def mark(self) -> str:
        """Sign that is readable without colour."""
        return {"match": "✓", "misprint": "†", "mismatch": "✗", "none": ""}[self.verdict]


def parity(printed: PrintedValue | None, count: float | None, unit: str, misprint: Misprint | None = None) -> Parity:
    """Compare a count with the printed text, at the printed decimals.

    A final zero of the printed text may be padding (54.7950 from 54.795) and is then ignored; the note says how many
    decimals agree. At most one zero, and never the only decimal, is ignored: 3.0000 does not match any 3.x.
    """
    if printed is None or printed.value is None or count is None:
        return Parity("none", "")
    counted, text = round(count), printed.text
    if misprint is not None:
        return _misprint(misprint, counted)
    if _round(counted, text, unit) == Decimal(text):
        return Parity("match", "rounds to the printed value")
    shorter = text.removesuffix("0") if _decimals(text) > 1 else text
    if shorter != text and _round(counted, shorter, unit) == Decimal(shorter):
        return Parity("match", f"rounds to the printed value at {_decimals(shorter)} decimals; the rest is padding")
    return Parity("mismatch", f"counted {counted:,}, printed {text}{unit}")


def _misprint(misprint: Misprint, counted: int) -> Parity:
    expected = round(misprint.computed)
    if counted == expected:
        return Parity("misprint", misprint.note)
    return Parity("mismatch", f"counted {counted:,}; the misprint's note expects {expected:,}")


def _round(count: int, printed: str, unit: str) -> Decimal:
    return (Decimal(count) / UNITS[unit]).quantize(Decimal(1).scaleb(-_decimals(printed)), ROUND_HALF_UP)


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
