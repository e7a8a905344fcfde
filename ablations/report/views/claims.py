"""The paper's claims as a reader wants them: by metric, the printed and the controlled version side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ablations.report.charts.forest import Axis, axis_of
from ablations.report.views.formatting import (
    better,
    duration_text,
    interval_text,
    listing,
    metric_text,
    plural,
    signed_text,
)
from ablations.results.intervals import hope
from ablations.results.table_result import ClaimResult, TableResult
from ablations.tables.table import EXACT, CellRef, Claim

Verdict = Literal["supported", "contradicted", "undecided"]
#: Each verdict with the sign that says it without colour.
SIGNS: dict[Verdict, str] = {"supported": "✓", "contradicted": "✗", "undecided": "○"}
#: Exact quantities in words.
EXACT_WORDS = {
    "parameters": "parameter counts",
    "macs": "multiply-accumulates",
    "flops": "floating-point operations",
    "bytes": "bytes in float32",
    "fp16_bytes": "bytes in float16",
}
VERSIONS = {"": "", "as_printed": "as printed", "controlled": "controlled"}


@dataclass(frozen=True)
class ClaimView:
    """One verdict in words. `measured` holds both means, `n` the number of paired seeds (or "counted")."""

    version: str
    verdict: Verdict
    sign: str
    measured: str
    effect: str
    interval: str
    n: str
    reason: str
    suggestion: str
    command: str
    result: ClaimResult


@dataclass(frozen=True)
class ClaimLine:
    """A claim of the paper with the paper's two values, and its verdict (two, where a row has a controlled version)."""

    text: str
    paper: str
    views: list[ClaimView]


@dataclass(frozen=True)
class ClaimGroup:
    """The claims on one metric, with the axis that their differences share (None where there is nothing to draw).

    `suggestion` and `command` are of all undecided claims where they are the same for several; their views have none.
    """

    metric: str
    heading: str
    lines: list[ClaimLine]
    axis: Axis | None
    suggestion: str = ""
    command: str = ""

    @property
    def labelled(self) -> list[tuple[str, ClaimResult]]:
        """Every verdict's result under a label of one line."""
        return [(_label(line.text, view.version), view.result) for line in self.lines for view in line.views]


@dataclass(frozen=True)
class Standing:
    """What stands: one verdict, and the claims that have it."""

    verdict: Verdict
    sign: str
    claims: list[str]


def claim_groups(result: TableResult) -> list[ClaimGroup]:
    """All claims by metric, in the table's order."""
    return _groups(result, result.claims)


def value_groups(result: TableResult) -> list[ClaimGroup]:
    """The printed values against ours, by metric: equivalence within the margin that the table fixes."""
    return _groups(result, result.values)


def standing(result: TableResult) -> list[Standing]:
    """The claims by verdict; a claim with two versions stands once for each."""
    found = []
    for verdict, sign in SIGNS.items():
        of = [claim.claim for claim in result.claims if claim.verdict == verdict]
        found.append(Standing(verdict, sign, [_label(claim.text, VERSIONS[claim.version]) for claim in of]))
    return found


def level_text(result: TableResult) -> str:
    """The level of the intervals: "95 %"."""
    level = next((claim.level for claim in (*result.claims, *result.values)), 0.95)
    return f"{100 * level:g} %"


def method_text(result: TableResult) -> str:
    """How the verdicts were computed."""
    return (
        f"For each seed the left value minus the right one; of these differences the mean and the paired two-sided t "
        f"interval at {level_text(result)}, over seeds. A claim is supported where the whole interval lies on the side "
        f"it names, contradicted where it lies on the other, undecided else. One seed supports nothing. Intervals are "
        f"corrected neither for the number of claims nor for seeds that were added because a verdict was open: fix the "
        f"number of seeds before the run where that matters."
    )


def cautions(result: TableResult) -> list[str]:
    """What a reader must know before any verdict: an unfair comparison, or claims written with results in view."""
    found = []
    if failed := [check.id for check in result.lint if check.status == "fail"]:
        found.append(f"The comparison is not fair ({listing(failed)}, below): verdicts rest on it all the same.")
    table = result.table
    origins = [record.ingredients.get("origin", {}) for row in result.rows for record in row.records]
    known = {origin.get("commitment") for origin in origins if origin.get("table") == table.id} - {None}
    if known - {table.commitment}:
        found.append("Claims or margins of this table were changed after some of these runs had been started.")
    return found


def claim_view(result: TableResult, claim: ClaimResult) -> ClaimView:
    """One verdict in words."""
    effect = "" if claim.effect is None else signed_text(claim.metric, claim.effect)
    suggestion, command = _suggestion(claim)
    return ClaimView(
        version=VERSIONS[claim.claim.version],
        verdict=claim.verdict,
        sign=SIGNS[claim.verdict],
        measured=_measured(result, claim),
        effect=effect,
        interval=interval_text(claim.metric, claim.interval) if claim.interval else "",
        n="counted" if claim.exact else plural(claim.n, "seed") if claim.n else "",
        reason=claim.reason,
        suggestion=suggestion,
        command=command,
        result=claim,
    )


def _groups(result: TableResult, claims: Sequence[ClaimResult]) -> list[ClaimGroup]:
    metrics = sorted(dict.fromkeys(claim.metric for claim in claims), key=lambda metric: metric in EXACT)
    groups = []
    for metric in metrics:
        of = [claim for claim in claims if claim.metric == metric]
        axis = None if all(claim.exact for claim in of) else axis_of(of)
        groups.append(_said_once(ClaimGroup(metric, claim_heading(metric), _lines(result, of), axis)))
    return groups


def claim_heading(metric: str) -> str:
    """What the claims on a metric stand under."""
    return EXACT_WORDS[metric] if metric in EXACT_WORDS else f"{metric} {better(metric)}".strip()


def _said_once(group: ClaimGroup) -> ClaimGroup:
    """Takes a suggestion out of the views where several have the same."""
    views = [view for line in group.lines for view in line.views if view.command]
    if len(views) < 2 or len({(view.suggestion, view.command) for view in views}) > 1:
        return group
    suggestion = f"{len(views)} claims: {views[0].suggestion}"
    lines = [replace(line, views=[_without_suggestion(view) for view in line.views]) for line in group.lines]
    return replace(group, lines=lines, suggestion=suggestion, command=views[0].command)


def _without_suggestion(view: ClaimView) -> ClaimView:
    return replace(view, suggestion="", command="") if view.command else view


def _lines(result: TableResult, claims: Sequence[ClaimResult]) -> list[ClaimLine]:
    """Versions of one claim share a line: equal texts, operators and values, on the same rows or their twins."""
    together: dict[tuple[object, ...], list[ClaimResult]] = {}
    for i, claim in enumerate(claims):
        stated = claim.claim
        # Equal texts are one claim only where they are its versions.
        own = _printed_rows(result, stated) if stated.version else (i,)
        together.setdefault((stated.text, stated.operator, stated.value, *own), []).append(claim)
    return [
        ClaimLine(_text(result, of[0]), _paper(result, of[0]), [claim_view(result, claim) for claim in of])
        for of in together.values()
    ]


def _printed_rows(result: TableResult, claim: Claim) -> tuple[str, ...]:
    """The rows of a claim, the printed one in place of its controlled version."""
    rows = [result.table.row(ref.row) for ref in (claim.left, claim.right) if ref is not None]
    return tuple(row.twin if row.version == "controlled" else row.id for row in rows)


def _text(result: TableResult, claim: ClaimResult) -> str:
    """The claim's text; for a printed value, which has none of its own, the cell's name."""
    stated = claim.claim
    if claim in result.values:
        return f"{result.table.row(stated.left.row).label}, {result.table.column(stated.left.column).label}"
    return stated.text


def _paper(result: TableResult, claim: ClaimResult) -> str:
    stated = claim.claim
    if stated.right is None:
        named = [_exactly(claim, value) for value in (stated.value, stated.margin) if value is not None]
        return " ± ".join(named) if stated.value is not None else ""
    texts = [_printed(result, ref) for ref in (stated.left, stated.right)]
    return f" {stated.operator} ".join(text or "?" for text in texts) if any(texts) else ""


def _printed(result: TableResult, ref: CellRef) -> str:
    value = result.table.row(ref.row).paper.get(ref.column)
    if value is None:
        return ""
    return value.text if value.value is None else f"{value.text}{result.table.column(ref.column).unit}"


def _exactly(claim: ClaimResult, value: float) -> str:
    """A number of the table's file with all its digits."""
    return metric_text(claim.metric, value) if claim.metric in EXACT else f"{value:.12g}"


def _measured(result: TableResult, claim: ClaimResult) -> str:
    """Both means with their rows; "" where one is not there."""
    if claim.left is None or claim.right is None:
        return ""
    sign = "<" if claim.left < claim.right else ">" if claim.left > claim.right else "="
    left, right = (metric_text(claim.metric, value) for value in (claim.left, claim.right))
    rows = [result.table.row(ref.row).label for ref in (claim.claim.left, claim.claim.right) if ref is not None]
    return f"{rows[0]} {left} {sign} {right} {rows[1]}" if len(rows) == 2 else f"{rows[0]} {left}"


def _suggestion(claim: ClaimResult) -> tuple[str, str]:
    suggestion = claim.suggestion
    if suggestion is None:
        return "", ""
    if suggestion.seeds is None:
        return "no reasonable number of seeds would decide: the effect is too small against its spread", ""
    cost = "" if suggestion.seconds is None else f", for about {duration_text(suggestion.seconds)} more"
    return f"{plural(suggestion.seeds, 'seed')} {hope(claim.n)}{cost}", suggestion.command


def _label(words: str, version: str) -> str:
    return f"{words} – {version}" if version else words
