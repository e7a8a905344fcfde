"""Verdicts and checklist on a terminal: one line per claim, and commands for the undecided ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from ablations.planning.estimate import clock
from ablations.report.views.claims import claim_heading
from ablations.report.views.formatting import interval_text, metric_text, plural, signed_text
from ablations.results.intervals import Verdict, decide, prospect
from ablations.results.table_result import ClaimResult, TableResult
from ablations.tables.checks import Check

_STYLES: dict[Verdict, str] = {"supported": "green", "contradicted": "red", "undecided": "yellow"}


def print_claims(result: TableResult, console: Console) -> None:
    """Print the verdicts by metric, then the commands that would probably decide more claims."""
    for title, claims in (("claims on", result.claims), ("printed values of", result.values)):
        for metric in dict.fromkeys(claim.metric for claim in claims):
            _print_group(result, title, metric, [claim for claim in claims if claim.metric == metric], console)
    costs: dict[str, list[ClaimResult]] = {}
    for claim in (*result.claims, *result.values):
        if claim.suggestion is not None and claim.suggestion.seeds is not None:
            costs.setdefault(claim.suggestion.command, []).append(claim)
    for command, decided in sorted(costs.items(), key=lambda cost: _seeds(cost[1])):
        seconds = next((c.suggestion.seconds for c in decided if c.suggestion and c.suggestion.seconds), None)
        cost = "" if seconds is None else f" (about {clock(seconds)} of runs)"
        counts = Counter(min(claim.n, 2) for claim in decided)
        what = ", and ".join(prospect(n, plural(count, "claim")) for n, count in counts.items())
        words = f"  {plural(_seeds(decided), 'seed')} {what}{cost}: "
        console.print(Text.assemble(words, (command, "bold")), soft_wrap=True)


def _seeds(claims: Sequence[ClaimResult]) -> int:
    """Return the number of seeds suggested for claims with one command."""
    return next((c.suggestion.seeds for c in claims if c.suggestion and c.suggestion.seeds), 0)


def claim_text(result: TableResult, claim: ClaimResult) -> str:
    """Format a result in one line: "attention improves realism: weN - FiNet = -21.30 [-30.10, -12.50], 3 seeds"."""
    parts = []
    if claim.exact:
        parts.append(claim.reason)
    else:
        if claim.effect is not None:
            parts.append(_effect(result, claim))
        if not _interval_explains(claim):
            parts.append(_status_text(result, claim) or claim.reason)
    if claim.suggestion is not None and claim.n > 1:  # with one seed the command at the end is enough
        parts.append(_suggestion(claim.suggestion.seeds))
    return f"{claim.claim.text}: {'; '.join(parts)}"


def print_lint(checks: Sequence[Check], console: Console) -> None:
    """ "lint: 9 of 9 pass", or the failed checks with their findings."""
    if not checks:
        return
    failed = [check for check in checks if check.status == "fail"]
    summary = f"lint: {len(checks) - len(failed)} of {len(checks)} pass"
    console.print(Text(summary, "red" if failed else "green"))
    for check in failed:
        for finding in check.findings:
            console.print(Text.assemble((f"  {check.id}", "red"), f": {finding}"), soft_wrap=True)


def _print_group(result: TableResult, title: str, metric: str, claims: Sequence[ClaimResult], console: Console) -> None:
    counted = Counter(claim.verdict for claim in claims)
    verdicts = ", ".join(f"{counted[verdict]} {verdict}" for verdict in _STYLES if counted[verdict])
    console.print(Text(f"{title} {claim_heading(metric)}: {verdicts}", "bold"))
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for claim in claims:
        grid.add_row(Text(f"  {claim.verdict}", _STYLES[claim.verdict]), Text(claim_text(result, claim)))
    console.print(grid)


def _effect(result: TableResult, claim: ClaimResult) -> str:
    assert claim.effect is not None
    right = claim.claim.right
    other = metric_text(claim.metric, claim.right) if right is None else result.table.row(right.row).label
    effect = signed_text(claim.metric, claim.effect)
    interval = f" {interval_text(claim.metric, claim.interval)}" if claim.interval else ""
    seeds = f", {plural(claim.n, 'seed')}" if claim.interval else ""  # the reason covers one seed
    return f"{result.table.row(claim.claim.left.row).label} − {other} = {effect}{interval}{seeds}"


def _status_text(result: TableResult, claim: ClaimResult) -> str:
    """Return a text if a row is not done; the reason is printed once, below."""
    refs = [ref for ref in (claim.claim.left, claim.claim.right) if ref is not None]
    found = next((row for row in (result.row(ref.row) for ref in refs) if row.status != "done"), None)
    if found is None:
        return ""
    missing = "is incomplete" if found.seeds else "has not run"
    return f"{found.row.label} {({'stale': 'is stale', 'failed': 'failed'}).get(found.status, missing)}"


def _interval_explains(claim: ClaimResult) -> bool:
    """True if the interval alone explains the verdict."""
    if claim.interval is None or min(claim.differences) == max(claim.differences):
        return False
    return claim.reason == decide(claim.claim.operator, claim.differences, claim.claim.margin or 0.0).reason


def _suggestion(seeds: int | None) -> str:
    if seeds is None:
        return "more than 30 seeds would be needed"
    return f"{plural(seeds, 'seed')} would probably decide"
