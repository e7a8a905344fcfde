"""Numbers as a reader sees them."""

from __future__ import annotations

import math

import pytest

from ablations.report.views import formatting


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("fd_effnetlite0", 35.019, "35.02"),
        ("kd_effnetlite0", 0.012345, "0.0123"),
        ("ssim", 0.81249, "0.812"),
        ("psnr", 21.0, "21.00"),
        ("parsing_miou_hole", 0.5, "0.500"),
        ("parameters", 3_050_562.0, "3,050,562"),
        ("something_new", 12345.678, "1.235e+04"),
        ("fid", math.nan, "undefined"),
        ("fid", None, "undefined"),
    ],
)
def test_metric_text(name: str, value: float | None, text: str) -> None:
    assert formatting.metric_text(name, value) == text


def test_spread_is_the_sample_deviation() -> None:
    assert formatting.spread_text("fid", [30.0]) == "30.00"
    assert formatting.spread_text("fid", [30.0, 34.0]) == "32.00 ± 2.83"
    assert formatting.spread_text("fid", []) == ""


def test_undefined_seeds_are_said() -> None:
    assert formatting.spread_text("fid", [30.0, math.nan]) == "30.00 (1 of 2 undefined)"
    assert formatting.spread_text("fid", [math.nan]) == "undefined"


def test_names_say_which_network() -> None:
    assert formatting.metric_words("fd_effnetlite0") == "Fréchet distance in the features of effnetlite0"
    assert "standard weights" in formatting.metric_words("fid")
    assert formatting.better("fd_effnetlite0") == "↓"
    assert formatting.better("ssim") == "↑"
    assert formatting.better("unheard_of") == ""


def test_order_puts_distances_first() -> None:
    names = ["psnr", "ssim", "is_x", "kd_x", "fd_x"]
    assert sorted(names, key=formatting.metric_order) == ["fd_x", "kd_x", "is_x", "ssim", "psnr"]


def test_durations() -> None:
    texts = [formatting.duration_text(seconds) for seconds in (None, 12.4, 59.7, 200.0, 3900.0)]
    assert texts == ["unknown", "12 s", "1 min 00 s", "3 min 20 s", "1 h 05 min"]


def test_listing() -> None:
    assert [formatting.listing(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
