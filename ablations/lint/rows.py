"""Checks that compare what rows run with: each row's configurations against its base's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ablations.lint.linted import Difference, Finding, LintedTable
from ablations.resolving.evaluators import result_settings
from ablations.tables.graph import row_fits
from ablations.tables.schema import Row

_TRAINER_BUDGET = (
    "max_epochs", "min_epochs", "max_steps", "min_steps", "max_time", "limit_train_batches", "overfit_batches",
    "accumulate_grad_batches", "fast_dev_run",
)  # fmt: skip
#: What a trainer does to the tests, and to the validations that choose weights, of what it trains.
TRAINER_TEST = ("limit_test_batches", "precision", "inference_mode")
TRAINER_VALIDATION = ("limit_val_batches",)
#: What decides how much a row learns from, by section.
BUDGET = {"model": ("max_iterations",), "data": ("batch_size",), "trainer": _TRAINER_BUDGET}


def declared_keys(linted: LintedTable) -> list[Finding]:
    """A row's configurations differ from its base's in what the row declares, no more and no less."""
    found: list[Finding] = []
    for row, _ in linted.compared():
        found += _undeclared(linted, row)
        if not row.sweep:  # of a sweep one point may well be the base
            found += _without_effect(linted, row)
    return found


def declared(row: Row) -> tuple[str, ...]:
    """The keys that a row says it changes."""
    if row.version == "as_printed" or row.baseline:
        settings = (f"{s.stage}.{s.section}.{s.key}" for s in row.settings)
        return (*settings, *(f"{stage}.config" for stage in row.configs), *row.drop)
    return row.factor


def _undeclared(linted: LintedTable, row: Row) -> list[Finding]:
    differences = linted.differences(row)
    if not (row.factor or row.baseline):
        keys = ", ".join(difference.key for difference in differences) or "none: it is its base again"
        return [Finding(row.id, f"{row.id}: has no 'factor'; name the keys that the row is about (it changes {keys})")]
    names = declared(row)
    extra = [d for d in differences if d.key not in names and not _of_another_model(d, differences, names)]
    found = [Finding(row.id, f"{row.id}: also changes {d}; {_mend(row, d)}") for d in extra]
    if row.version == "as_printed":
        more = [d.key for d in differences if d.key not in row.factor]
        words = f"{row.id}: as printed it also changes {', '.join(more)}; {row.twin} does not"
        found += [Finding(row.id, words, note=True)] if more else []
    return found


def _of_another_model(difference: Difference, differences: list[Difference], names: Iterable[str]) -> bool:
    """Whether the row declares another model class there; that its arguments are others goes without saying."""
    config = f"{difference.key.partition('.')[0]}.config"
    return difference.section == "model" and config in names and config in [d.key for d in differences]


def _mend(row: Row, difference: Difference) -> str:
    if row.version == "controlled":
        return "take it out of the controlled version"
    if row.version == "as_printed" or row.baseline:
        return "write it under 'set', or undo it in the configuration file"
    return "add it to 'factor' if the row is about it; else take it out, or add a 'controlled' version without it"


def _without_effect(linted: LintedTable, row: Row) -> list[Finding]:
    found = []
    for key in declared(row):
        # Another file of the same model shows in the values that it changes.
        anywhere = f"{key.partition('.')[0]}." if key.partition(".")[2] == "config" else None
        having = [d for d in linted.differences(row) if d.key == key or (anywhere and d.key.startswith(anywhere))]
        if not having:
            found.append(Finding(row.id, f"{row.id}: {key} is declared and changes nothing; set it, or take it out"))
        elif all(d.at for d in having):
            text = f"{row.id}: {key} is declared and changes something{having[0].at} only; set another value"
            found.append(Finding(row.id, text))
    return found


def budget(linted: LintedTable) -> list[Finding]:
    """Iterations and batch size."""
    return _equal(
        linted,
        lambda d: d.argument in BUDGET.get(d.section, ()),
        "give it the base row's budget, or make it the row's 'factor'",
    )


def data(linted: LintedTable) -> list[Finding]:
    """What the trainings see."""
    tests = linted.table.tests
    return _equal(
        linted,
        lambda d: d.section == "data" and d.argument not in BUDGET["data"] and d.key.partition(".")[0] not in tests,
        "train on the base row's data, or make it the row's 'factor'",
    )


def protocol(linted: LintedTable) -> list[Finding]:
    """What is set of test stages themselves, what they take over from the trainer, and how Evaluation judges."""
    tests = linted.table.tests
    found = _equal(
        linted,
        lambda d: d.key.partition(".")[0] in tests or (d.section == "trainer" and d.argument in TRAINER_TEST),
        "test every row alike, or make it the row's 'factor'",
    )
    for row, base in linted.compared():
        for name in tests:
            stage = linted.table.stage(name)
            mine, theirs = (result_settings(linted.config(linted.scales[0], one, stage)) for one in (row, base))
            if mine != theirs:
                section = "section 'evaluation'" + (f" of {name}" if len(tests) > 1 else "")
                text = f"{row.id}: {section} is {mine or 'empty'}, {base.id}'s {theirs or 'empty'}"
                found.append(Finding(row.id, f"{text}; make the configuration files agree"))
    return found


def selection(linted: LintedTable) -> list[Finding]:
    """The rule that picks the evaluated weights."""
    found = _equal(
        linted,
        lambda d: d.section == "checkpoint" or (d.section == "trainer" and d.argument in TRAINER_VALIDATION),
        "pick every row's weights by one rule",
    )
    for row in linted.table.rows:
        for stage in row_fits(linted.table, row):
            found += _selected_on(linted, row, stage.name)
    return found


def _selected_on(linted: LintedTable, row: Row, name: str) -> list[Finding]:
    stage, needs = linted.table.stage(name), []
    for scale in linted.scales:
        config = linted.config(scale, row, stage)
        rule = config.get("checkpoint", {})
        if rule.get("select", "last") == "best":
            if not config["data"]["init_args"].get("validation_count"):
                needs.append(f"{name}.data.validation_count greater than 0: test data must choose nothing")
            needs += [f"{name}.checkpoint.{key}" for key in ("metric", "validate_every") if not rule.get(key)]
    return [Finding(row.id, f"{row.id}: select: best needs {need}") for need in dict.fromkeys(needs)]


def seeds(linted: LintedTable) -> list[Finding]:
    """The matrix seeds every row with 0 to n - 1; nothing else may seed one row."""
    return _equal(
        linted,
        lambda d: "seed" in d.argument,
        "leave it as the base row has it: every row runs with seeds 0 to n - 1",
    )


def _equal(linted: LintedTable, concerned: Callable[[Difference], bool], mend: str) -> list[Finding]:
    """A fault for every difference that is concerned; where the row is about just that, a note."""
    found = []
    for row, base in linted.compared():
        for difference in filter(concerned, linted.differences(row)):
            if difference.key in row.factor:
                found.append(Finding(row.id, f"{row.id}: is about {difference}", note=True))
            else:
                text = f"{row.id}: {difference} is not as in {base.id}; {mend}"
                found.append(Finding(row.id, text))
    return found
