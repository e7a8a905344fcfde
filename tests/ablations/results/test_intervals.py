"""The t interval against a computation by hand, verdicts on differences, and how often they are wrong by chance."""

from __future__ import annotations

import math
import random

import pytest
from scipy import stats

from ablations.results.intervals import MOST_SEEDS, decide, seeds_to_decide, t_interval


def test_an_interval_by_hand() -> None:
    # Differences -4, -6, -5: mean -5. Squares of what is left: 1 + 1 + 0 = 2, over n - 1 = 2 is 1, so s = 1.
    # The standard error is 1 / sqrt(3) = 0.577350. Student's t for 2 degrees of freedom at 97.5 % is 4.302653.
    # Half width 4.302653 * 0.577350 = 2.484138.
    interval = t_interval([-4.0, -6.0, -5.0])
    assert interval == pytest.approx((-7.484138, -2.515862), abs=1e-6)


def test_an_interval_of_two_by_hand() -> None:
    # 1 and 3: mean 2, s = sqrt(2), standard error 1; t for 1 degree of freedom at 97.5 % is 12.706205.
    assert t_interval([1.0, 3.0]) == pytest.approx((2 - 12.706205, 2 + 12.706205), abs=1e-6)


@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_intervals_are_scipy_s(n: int) -> None:
    dice = random.Random(n)
    values = [dice.gauss(3, 2) for _ in range(n)]
    expected = stats.t.interval(0.95, n - 1, loc=sum(values) / n, scale=stats.sem(values))
    assert t_interval(values) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("values", [[], [-21.3]])
def test_less_than_two_have_no_interval(values: list[float]) -> None:
    assert t_interval(values) is None


@pytest.mark.parametrize(
    ("operator", "differences", "verdict", "reason"),
    [("<", [-4.0, -6.0, -5.0], "supported", "the 95% interval of the difference over 3 paired seeds lies below 0"),
     (">", [-4.0, -6.0, -5.0], "contradicted", "the 95% interval of the difference over 3 paired seeds lies below 0"),
     ("<", [4.0, 6.0, 5.0], "contradicted", "the 95% interval of the difference over 3 paired seeds lies above 0"),
     (">", [4.0, 6.0, 5.0], "supported", "the 95% interval of the difference over 3 paired seeds lies above 0"),
     ("<", [-1.0, -9.0, 2.0], "undecided",
      "the 95% interval of the difference over 3 paired seeds lies on both sides of 0"),
     ("<", [-1000.0], "undecided", "one seed decides nothing"),
     ("<", [], "undecided", "no seed has a value on both sides"),
     ("<", [0.0, 0.0, 0.0], "undecided", "the difference is 0 at all 3 seeds"),
     ("<", [0.0], "undecided", "one seed decides nothing"),
     ("<", [-10.0, -11.0], "supported", "the 95% interval of the difference over 2 paired seeds lies below 0"),
     ("<", [-10.0, -13.0], "undecided",  # half width 12.7 * 1.5 = 19: two seeds are rarely enough
      "the 95% interval of the difference over 2 paired seeds lies on both sides of 0"),
     ("<", [-2.0, -2.0], "supported",
      "the difference lies below 0; the 2 seeds show no spread, so the interval has zero width"),
     (">", [-2.0, -2.0], "contradicted",
      "the difference lies below 0; the 2 seeds show no spread, so the interval has zero width")],
)  # fmt: skip
def test_the_sign_of_a_difference(operator: str, differences: list[float], verdict: str, reason: str) -> None:
    decision = decide(operator, differences)  # type: ignore[arg-type]
    assert (decision.verdict, decision.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("differences", "margin", "verdict"),
    [([0.4, 0.6, 0.5], 1.0, "supported"),  # 0.5 +- 0.25
     ([0.4, 0.6, 0.5], 0.6, "undecided"),
     ([0.4, 0.6, 0.5], 0.2, "contradicted"),
     ([-0.4, -0.6, -0.5], 0.2, "contradicted"),
     ([-9.0, 9.0, 0.0], 1.0, "undecided"),  # wider than the margin on both sides
     ([0.0, 0.0], 1.0, "supported"),
     ([1.0, 1.0], 1.0, "supported"),
     ([1.5, 1.5], 1.0, "contradicted"),
     ([0.0], 1.0, "undecided"),
     ([99.0], 1.0, "undecided")],
)  # fmt: skip
def test_equal_within_a_margin(differences: list[float], margin: float, verdict: str) -> None:
    assert decide("=", differences, margin).verdict == verdict


def verdicts(n: int, effect: float, repeats: int, seed: int) -> dict[str, float]:
    """The share of each verdict on '<' over simulated data: n normal differences of spread 1."""
    dice = random.Random(seed)
    found = [decide("<", [dice.gauss(effect, 1) for _ in range(n)]).verdict for _ in range(repeats)]
    return {verdict: found.count(verdict) / repeats for verdict in ("supported", "contradicted", "undecided")}


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_without_an_effect_a_twentieth_is_decided_by_chance(n: int) -> None:
    share = verdicts(n, 0.0, 4000, seed=n)
    # 4000 draws at 5 % have a standard deviation of 0.34 %; four of them are 1.4 %.
    assert share["supported"] + share["contradicted"] == pytest.approx(0.05, abs=0.014)
    assert share["supported"] == pytest.approx(0.025, abs=0.010)


def test_a_large_effect_is_nearly_always_found_and_never_turned_round() -> None:
    share = verdicts(5, -4.0, 2000, seed=1)
    assert share["supported"] > 0.99
    assert share["contradicted"] == 0.0
    assert verdicts(5, 4.0, 2000, seed=1)["contradicted"] > 0.99


def test_equivalence_is_claimed_wrongly_in_a_fortieth() -> None:
    dice = random.Random(2)  # the truth is just outside the margin, so "supported" is wrong
    found = [decide("=", [dice.gauss(1.0, 0.1) for _ in range(5)], 1.0).verdict for _ in range(4000)]
    assert found.count("supported") / 4000 == pytest.approx(0.025, abs=0.010)


def test_how_many_seeds_would_decide() -> None:
    assert seeds_to_decide([], 1.0) is None
    assert seeds_to_decide([5.0], 5.0) == 3
    # -1, -9, 2: mean -8/3, s = 5.686. Half widths t * s / sqrt(n): 20 seeds 2.661, 19 seeds 2.740; 8/3 = 2.667.
    assert seeds_to_decide([-1.0, -9.0, 2.0], 8 / 3) == 20
    assert seeds_to_decide([-1.0, 1.0, 0.01], 0.01 / 3) is None  # beyond the most that is ever suggested
    assert seeds_to_decide([0.0, 0.0], 0.0) is None


@pytest.mark.parametrize("seed", range(20))
def test_the_suggested_number_decides_if_mean_and_spread_stay(seed: int) -> None:
    dice = random.Random(seed)
    few = [dice.gauss(1, 1.5) for _ in range(3)]
    mean, spread = sum(few) / 3, stats.tstd(few)
    count = seeds_to_decide(few, abs(mean))
    halves = {n: stats.t.ppf(0.975, n - 1) * spread / math.sqrt(n) for n in range(4, MOST_SEEDS + 1)}
    assert count == next((n for n, half in halves.items() if half < abs(mean)), None)
