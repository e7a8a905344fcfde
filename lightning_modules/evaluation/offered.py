"""The applications of a model class: those that its tests run, and those that only the command `apply` offers."""

from __future__ import annotations

from importlib import import_module

from common.errors import ConfigurationError, one_line
from lightning_modules.evaluation.application import Application
from lightning_modules.evaluation.evaluator import evaluator_class


def offered_applications(model: type) -> dict[str, type[Application]]:
    """Return the applications of a model class by name, whether or not it has the methods that they need.

    Raises:
        ConfigurationError: its class attribute `offered_applications` is not the path of an object.
    """
    tested = [type(application) for application in evaluator_class(model).applications()]
    return {kind.name: kind for kind in (*tested, *_declared_applications(model))}


def missing_method(kind: type[Application], model: type) -> str | None:
    """Return the first method that an application needs and a model class lacks; None where it has all."""
    return next((name for name in kind.needs if not hasattr(model, name)), None)


def _declared_applications(model: type) -> tuple[type[Application], ...]:
    path = getattr(model, "offered_applications", "")
    if not path:
        return ()
    package, _, name = path.rpartition(".")
    try:
        found: tuple[type[Application], ...] = getattr(import_module(package), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"{model.__module__}.{model.__name__}.offered_applications: {path!r} cannot be imported "
            f"({one_line(error)}); give the dotted path of a tuple of application classes"
        ) from error
    return found
