"""Checks that compare the configurations of each row with those of its base."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ablations.lint.fair_scales import equal_scaling, published_rates
from ablations.lint.independence import equal_evaluators, independent_evaluators
from ablations.lint.linted_table import Difference, Finding, LintedTable
from ablations.resolving.evaluators import result_settings
from ablations.tables.graph import row_fits
from ablations.tables.schema import Row

_TRAINER_BUDGET = (
    "max_epochs", "min_epochs", "max_steps", "min_steps", "max_time", "limit_train_batches", "overfit_batches",
    "accumulate_grad_batches", "fast_dev_run",
)  # fmt: skip
#: Trainer arguments that affect tests, and the validations that select weights.
TRAINER_TEST = ("limit_test_batches", "precision", "inference_mode")
TRAINER_VALIDATION = ("limit_val_batches",)
#: Arguments that define the training budget of a row, by section.
BUDGET = {"model": ("max_iterations",), "data": ("batch_size",), "trainer": _TRAINER_BUDGET}


def declared_keys(linted: LintedTable) -> list[Finding]:
    """Check that a row differs from its base in exactly the keys that it declares."""
    found: list[Finding] = []
    for row, _ in linted.pairs():
        found += _undeclared_changes(linted, row)
        if not row.sweep:  # one point of a sweep may be the base
            found += _without_effect(linted, row)
    return found


def stated_keys(row: Row) -> tuple[str, ...]:
    """Return the keys that a row declares to change."""
    if row.version == "as_printed" or row.baseline:
        settings = (f"{s.stage}.{s.section}.{s.key}" for s in row.settings)
        return (*settings, *(f"{stage}.config" for stage in row.configs), *row.drop)
    return row.factor


def _undeclared_changes(linted: LintedTable, row: Row) -> list[Finding]:
    differences = linted.differences(row)
    if not (row.factor or row.baseline):
        keys = ", ".join(difference.key for difference in differences) or "none: it equals its base"
        return [Finding(row.id, f"{row.id}: has no 'factor'; list the keys that the row is about (it changes {keys})")]
    names = stated_keys(row)
    extra = [d for d in differences if d.key not in names and not _of_another_model(d, differences, names)]
    found = [Finding(row.id, f"{row.id}: also changes {d}; {_fix(row, d)}") for d in extra]
    if row.version == "as_printed":
        more = [d.key for d in differences if d.key not in row.factor]
        words = f"{row.id}: as printed it also changes {', '.join(more)}; {row.twin} does not"
        found += [Finding(row.id, words, note=True)] if more else []
    return found


def _of_another_model(difference: Difference, differences: list[Difference], names: Iterable[str]) -> bool:
    """True if the row declares another model class in this stage, whose arguments differ anyway."""
    config = f"{difference.key.partition('.')[0]}.config"
    return difference.section == "model" and config in names and config in [d.key for d in differences]


def _fix(row: Row, difference: Difference) -> str:
    if row.version == "controlled":
        return "remove it from the controlled version"
    if row.version == "as_printed" or row.baseline:
        return "add it to 'set', or revert it in the configuration file"
    return "add it to 'factor' if the row is about it; otherwise remove it, or add a 'controlled' version without it"


def _without_effect(linted: LintedTable, row: Row) -> list[Finding]:
    found = []
    for key in stated_keys(row):
        # Another file of the same model is visible in the values that it changes.
        anywhere = f"{key.partition('.')[0]}." if key.partition(".")[2] == "config" else None
        having = [d for d in linted.differences(row) if d.key == key or (anywhere and d.key.startswith(anywhere))]
        if not having:
            found.append(Finding(row.id, f"{row.id}: {key} is declared but changes nothing; set it, or remove it"))
        elif all(d.at for d in having):
            text = f"{row.id}: {key} is declared but has an effect only{having[0].at}; set another value"
            found.append(Finding(row.id, text))
    return found


def budget(linted: LintedTable) -> list[Finding]:
    """Check iterations and batch size, learning rates of baselines, and what scales make of rates and sizes."""
    found = _equal(
        linted,
        lambda d: d.argument in BUDGET.get(d.section, ()),
        "give it the base row's budget, or make it the row's 'factor'",
    )
    return [*found, *published_rates(linted), *equal_scaling(linted)]


def data(linted: LintedTable) -> list[Finding]:
    """Check the training data."""
    tests = linted.table.tests
    return _equal(
        linted,
        lambda d: d.section == "data" and d.argument not in BUDGET["data"] and d.key.partition(".")[0] not in tests,
        "train on the base row's data, or make it the row's 'factor'",
    )


def protocol(linted: LintedTable) -> list[Finding]:
    """Check the settings of test stages, trainer arguments that affect them, and the evaluators' settings."""
    tests = linted.table.tests
    found = _equal(
        linted,
        lambda d: d.key.partition(".")[0] in tests or (d.section == "trainer" and d.argument in TRAINER_TEST),
        "test every row in the same way, or make it the row's 'factor'",
    )
    for row, base in linted.pairs():
        for name in tests:
            stage = linted.table.stage(name)
            configs = (linted.config(linted.scales[0], one, stage) for one in (row, base))
            # also those of the machine, which are in no key: a run would have those of the first row that shares it
            mine, theirs = ({**config.get("evaluation", {}), **result_settings(config)} for config in configs)
            if mine != theirs:
                section = "section 'evaluation'" + (f" of {name}" if len(tests) > 1 else "")
                text = f"{row.id}: {section} is {mine or 'empty'}, that of {base.id} {theirs or 'empty'}"
                found.append(Finding(row.id, f"{text}; make the configuration files agree"))
    return [*found, *independent_evaluators(linted), *equal_evaluators(linted)]


def selection(linted: LintedTable) -> list[Finding]:
    """Check the rule that selects the evaluated weights."""
    found = _equal(
        linted,
        lambda d: d.section == "checkpoint" or (d.section == "trainer" and d.argument in TRAINER_VALIDATION),
        "use the same selection rule for every row",
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
                needs.append(f"{name}.data.validation_count greater than 0: test data must not select weights")
            needs += [f"{name}.checkpoint.{key}" for key in ("metric", "validate_every") if not rule.get(key)]
    return [Finding(row.id, f"{row.id}: select: best needs {need}") for need in dict.fromkeys(needs)]


def seeds(linted: LintedTable) -> list[Finding]:
    """Check that no row sets a seed of its own: every row runs with seeds 0 to n - 1."""
    return _equal(
        linted,
        lambda d: "seed" in d.argument,
        "use the base row's value: every row runs with seeds 0 to n - 1",
    )


def _equal(linted: LintedTable, is_relevant: Callable[[Difference], bool], fix: str) -> list[Finding]:
    """Return a fault for every relevant difference; a note if it is the row's factor."""
    found = []
    for row, base in linted.pairs():
        for difference in filter(is_relevant, linted.differences(row)):
            if difference.key in row.factor:
                found.append(Finding(row.id, f"{row.id}: is about {difference}", note=True))
            else:
                text = f"{row.id}: {difference} differs from {base.id}; {fix}"
                found.append(Finding(row.id, text))
    return found
