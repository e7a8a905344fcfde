"""The paper's claims by metric, the printed and the controlled version together."""

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
from ablations.results.intervals import prospect
from ablations.results.table_result import ClaimResult, TableResult
from ablations.tables.table import EXACT, CellRef, Claim

Verdict = Literal["supported", "contradicted", "undecided"]
#: Signs of verdicts, readable without colour.
SIGNS: dict[Verdict, str] = {"supported": "✓", "contradicted": "✗", "undecided": "○"}
#: Descriptions of exact quantities.
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
    """One verdict as texts. `measured` has both means, `n` the number of paired seeds (or "counted")."""

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
    """A claim with the paper's two values, and its verdict (two if a row has a controlled version)."""

    text: str
    paper: str
    views: list[ClaimView]


@dataclass(frozen=True)
class ClaimGroup:
    """The claims on one metric, with the common axis of their differences (None if there is nothing to draw).

    `suggestion` and `command` are set if several undecided claims have the same ones; their views then have none.
    """

    metric: str
    heading: str
    lines: list[ClaimLine]
    axis: Axis | None
    suggestion: str = ""
    command: str = ""

    @property
    def labelled_results(self) -> list[tuple[str, ClaimResult]]:
        """Results of all verdicts, each with a label of one line."""
        return [(_label(line.text, view.version), view.result) for line in self.lines for view in line.views]


@dataclass(frozen=True)
class Standing:
    """One verdict, and the claims that have it."""

    verdict: Verdict
    sign: str
    claims: list[str]


def claim_groups(result: TableResult) -> list[ClaimGroup]:
    """Return all claims by metric, in the table's order."""
    return _groups(result, result.claims)


def value_groups(result: TableResult) -> list[ClaimGroup]:
    """Return the comparisons with printed values by metric: equivalence within the table's margin."""
    return _groups(result, result.values)


def standing(result: TableResult) -> list[Standing]:
    """Return the claims by verdict; a claim with two versions appears once for each."""
    found = []
    for verdict, sign in SIGNS.items():
        of = [claim.claim for claim in result.claims if claim.verdict == verdict]
        found.append(Standing(verdict, sign, [_label(claim.text, VERSIONS[claim.version]) for claim in of]))
    return found


def level_text(result: TableResult) -> str:
    """Format the level of the intervals: "95 %"."""
    level = next((claim.level for claim in (*result.claims, *result.values)), 0.95)
    return f"{100 * level:g} %"


def method_text(result: TableResult) -> str:
    """Describe how verdicts are computed."""
    return (
        f"Each seed gives a difference, left value minus right value; the table shows their mean and its two-sided "
        f"{level_text(result)} t interval. A claim is supported if the whole interval lies on the claimed side, "
        f"contradicted if it lies on the other side, otherwise undecided. One seed decides nothing. Intervals are "
        f"corrected neither for the number of claims nor for seeds added after an undecided verdict; where that "
        f"matters, fix the number of seeds before the run."
    )


def cautions(result: TableResult) -> list[str]:
    """Return warnings about the verdicts: an unfair comparison, or claims changed after runs had started."""
    found = []
    if failed := [check.id for check in result.lint if check.status == "fail"]:
        found.append(f"The comparison is not fair (failed checks: {listing(failed)}), which affects the verdicts.")
    table = result.table
    origins = [record.ingredients.get("origin", {}) for row in result.rows for record in row.records]
    known = {origin.get("commitment") for origin in origins if origin.get("table") == table.id} - {None}
    if known - {table.commitment}:
        found.append("Claims or margins of this table were changed after some of these runs had started.")
    return found


def claim_view(result: TableResult, claim: ClaimResult) -> ClaimView:
    """Return the texts of one verdict."""
    effect = "" if claim.effect is None else signed_text(claim.metric, claim.effect)
    suggestion, command = _suggestion(claim)
    return ClaimView(
        version=VERSIONS[claim.claim.version],
        verdict=claim.verdict,
        sign=SIGNS[claim.verdict],
        measured=_means_text(result, claim),
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
        groups.append(_merge_suggestions(ClaimGroup(metric, claim_heading(metric), _lines(result, of), axis)))
    return groups


def claim_heading(metric: str) -> str:
    """Return the heading of the claims on a metric."""
    return EXACT_WORDS[metric] if metric in EXACT_WORDS else f"{metric} {better(metric)}".strip()


def _merge_suggestions(group: ClaimGroup) -> ClaimGroup:
    """Move a suggestion that several views share to the group."""
    views = [view for line in group.lines for view in line.views if view.command]
    if len(views) < 2 or len({(view.suggestion, view.command) for view in views}) > 1:
        return group
    suggestion = f"{len(views)} claims: {views[0].suggestion}"
    lines = [replace(line, views=[_without_suggestion(view) for view in line.views]) for line in group.lines]
    return replace(group, lines=lines, suggestion=suggestion, command=views[0].command)


def _without_suggestion(view: ClaimView) -> ClaimView:
    return replace(view, suggestion="", command="") if view.command else view


def _lines(result: TableResult, claims: Sequence[ClaimResult]) -> list[ClaimLine]:
    """Group versions of a claim in one line: equal texts, operators and values, for the same rows or their twins."""
    together: dict[tuple[object, ...], list[ClaimResult]] = {}
    for i, claim in enumerate(claims):
        stated = claim.claim
        # Equal texts are one claim only if they are its versions.
        own = _printed_rows(result, stated) if stated.version else (i,)
        together.setdefault((stated.text, stated.operator, stated.value, *own), []).append(claim)
    return [
        ClaimLine(_text(result, of[0]), _paper(result, of[0]), [claim_view(result, claim) for claim in of])
        for of in together.values()
    ]


def _printed_rows(result: TableResult, claim: Claim) -> tuple[str, ...]:
    """Return the rows of a claim, with the printed row instead of its controlled version."""
    rows = [result.table.row(ref.row) for ref in (claim.left, claim.right) if ref is not None]
    return tuple(row.twin if row.version == "controlled" else row.id for row in rows)


def _text(result: TableResult, claim: ClaimResult) -> str:
    """Return the claim's text; for a printed value, which has none, the cell's name."""
    stated = claim.claim
    if claim in result.values:
        return f"{result.table.row(stated.left.row).label}, {result.table.column(stated.left.column).label}"
    return stated.text


def _paper(result: TableResult, claim: ClaimResult) -> str:
    stated = claim.claim
    if stated.right is None:
        named = [_exactly(claim, value) for value in (stated.value, stated.margin) if value is not None]
        return " ± ".join(named) if stated.value is not None else ""
    texts = [_printed_text(result, ref) for ref in (stated.left, stated.right)]
    return f" {stated.operator} ".join(text or "?" for text in texts) if any(texts) else ""


def _printed_text(result: TableResult, ref: CellRef) -> str:
    value = result.table.row(ref.row).paper.get(ref.column)
    if value is None:
        return ""
    return value.text if value.value is None else f"{value.text}{result.table.column(ref.column).unit}"


def _exactly(claim: ClaimResult, value: float) -> str:
    """Format a number of the table's file with all digits."""
    return metric_text(claim.metric, value) if claim.metric in EXACT else f"{value:.12g}"


def _means_text(result: TableResult, claim: ClaimResult) -> str:
    """Format both means with their rows; "" if one is missing."""
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
        return "more than 30 seeds would be needed: the effect is small relative to its spread", ""
    cost = "" if suggestion.seconds is None else f", about {duration_text(suggestion.seconds)} more"
    return f"{plural(suggestion.seeds, 'seed')} {prospect(claim.n)}{cost}", suggestion.command


def _label(words: str, version: str) -> str:
    return f"{words} – {version}" if version else words
