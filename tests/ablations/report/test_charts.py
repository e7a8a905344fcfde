"""Loss curves: what is drawn is what the history says."""

from __future__ import annotations

import math
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ablations.report.charts.loss_chart import loss_chart
from ablations.report.views.history import History, read_history

SVG = "{http://www.w3.org/2000/svg}"


def lines(svg: str) -> list[list[tuple[float, float]]]:
    """The points of every curve."""
    root = ElementTree.fromstring(svg)
    return [
        [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.get("points", "").split())]
        for line in root.iter(f"{SVG}polyline")
    ]


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_history_is_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text('{"iteration": 10, "L_app": 1.5, "L_KL": NaN}\n{"iteration": 20, "L_app": 1.0}\n{"iteration": 3')
    history = read_history(path)
    assert history["L_app"] == [(10.0, 1.5), (20.0, 1.0)]
    assert math.isnan(history["L_KL"][0][1])


def test_a_curve_ends_at_its_place() -> None:
    (points,) = lines(loss_chart([("weN", {"L_app": [(0.0, 2.0), (50.0, 1.0), (100.0, 0.0)]})]))
    (x0, y0), (x1, y1), (x2, y2) = points
    assert x1 == pytest.approx((x0 + x2) / 2, abs=0.11)
    assert y0 < y1 < y2  # down the page is down in value
    assert y1 == pytest.approx((y0 + y2) / 2, abs=0.11)


def test_one_scale_a_loss() -> None:
    rows: list[tuple[str, History]] = [("a", {"L_D": [(0, 4.0), (10, 4.0)]}), ("b", {"L_D": [(0, 2.0), (10, 2.0)]})]
    svg = loss_chart(rows)
    frames = [float(rect.get("y", 0)) for rect in ElementTree.fromstring(svg).iter(f"{SVG}rect")]
    first, second = (line[0][1] - top for line, top in zip(lines(svg), frames, strict=True))
    assert first == pytest.approx(2.0, abs=0.11)  # at the top
    assert second == pytest.approx(29.0, abs=0.11)  # half way up a panel of 58
    assert "0 to 4" in texts(svg)


def test_wide_ranges_are_logarithmic() -> None:
    svg = loss_chart([("a", {"L_KL": [(0, 100.0), (1, 10.0), (2, 1.0)]})])
    (points,) = lines(svg)
    assert points[1][1] == pytest.approx((points[0][1] + points[2][1]) / 2, abs=0.11)
    assert "1 to 100, log" in texts(svg)


def test_appearance_then_kl_then_adversarial_then_the_total() -> None:
    names = ["L", "L_D", "L_KL", "L_adv_I", "L_app"]
    svg = loss_chart([("a", {name: [(0, 1.0), (1, 2.0)] for name in names})])
    assert [text for text in texts(svg) if text in names] == ["L_app", "L_KL", "L_D", "L_adv_I", "L"]


def test_what_is_not_finite_is_said() -> None:
    svg = loss_chart([("a", {"L_D": [(0, 1.0), (1, math.nan)], "L_KL": [(0, math.inf)]})])
    assert "1, 1 not finite" in texts(svg)
    assert "not finite" in texts(svg)
    assert "nan" not in svg


def test_long_histories_are_thinned_to_means() -> None:
    (points,) = lines(loss_chart([("a", {"L": [(float(i), 1.0 + (i % 2)) for i in range(6000)]})]))
    assert len(points) == 120
    assert len({y for _, y in points}) == 1  # every bin has the mean 1.5


def test_labels_are_escaped() -> None:
    svg = loss_chart([("<b>&", {"L": [(0, 1.0)]})])
    assert "<b>&" in texts(svg)
    assert not re.search(r"<b>", svg)
