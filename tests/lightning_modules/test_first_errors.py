"""First errors: parts fail on their own, keep their first error, and are not run again."""

import pytest

from lightning_modules.first_errors import FirstErrors


def fail(error: Exception) -> None:
    raise error


def test_a_part_that_failed_is_not_run_again_and_keeps_its_first_error() -> None:
    errors, runs = FirstErrors(), []
    errors.attempt("edges", lambda: runs.append("edges"))
    errors.attempt("edges", lambda: fail(ValueError("two\n lines")))
    errors.attempt("edges", lambda: runs.append("again"))
    errors.attempt("edges", lambda: fail(ValueError("another")))
    errors.attempt("levels", lambda: runs.append("levels"))
    assert runs == ["edges", "levels"] and errors.reasons == {"edges": "two lines"}
    errors.check("levels")
    with pytest.raises(ValueError, match=r"^two lines$"):
        errors.check("edges")


def test_giving_a_part_up_keeps_an_earlier_error() -> None:
    errors = FirstErrors()
    errors.attempt("edges", lambda: fail(KeyError()))
    for part in ("edges", "levels"):
        errors.give_up(part, "no images")
    errors.attempt("levels", lambda: fail(ValueError("late")))
    assert errors.reasons == {"edges": "KeyError", "levels": "no images"}


def test_fatal_errors_are_raised_and_not_kept() -> None:
    errors = FirstErrors(LookupError)
    with pytest.raises(KeyError):
        errors.attempt("edges", lambda: fail(KeyError("edges")))
    errors.attempt("edges", lambda: fail(ValueError("late")))
    assert errors.reasons == {"edges": "late"}
