"""Whether a count rounds to what the paper prints."""

from __future__ import annotations

import pytest

from ablations.tables.parity import Parity, parity
from ablations.tables.table import Misprint, PrintedValue


def compared(text: str | None, counted: int | None, misprint: Misprint | None = None) -> Parity:
    printed = None if text is None else PrintedValue(text, None if text == "/" else float(text) * 1e6)
    return parity(printed, counted, "M", misprint)


@pytest.mark.parametrize(
    ("printed", "counted", "verdict"),
    [
        ("3.0506", 3_050_562, "match"),
        ("3.0506", 3_050_549, "mismatch"),  # 3.0505
        ("3.0506", 3_050_550, "match"),  # a half rounds up
        ("3.0514", 3_050_562, "mismatch"),
        ("54.7950", 54_794_627, "match"),  # 54.795, padded
        ("54.7951", 54_794_627, "mismatch"),
        ("3.0000", 2_600_000, "mismatch"),  # one zero may be padding, four decimals are not
        ("3.0", 2_600_000, "mismatch"),
        ("/", None, "none"),
        ("3.0506", None, "none"),
        (None, 3_050_562, "none"),
    ],
)
def test_verdict(printed: str | None, counted: int | None, verdict: str) -> None:
    assert compared(printed, counted).verdict == verdict


def test_padding_is_said() -> None:
    assert "3 decimals" in compared("54.7950", 54_794_627).note
    assert "decimals" not in compared("3.0506", 3_050_562).note


def test_a_misprint_must_be_the_declared_one() -> None:
    slip = Misprint("params_e", 940_200, 949_184, "one digit is wrong")
    found = compared("0.9402", 949_184, slip)
    assert (found.verdict, found.mark, found.note) == ("misprint", "†", "one digit is wrong")
    assert compared("0.9402", 949_185, slip).verdict == "mismatch"
