"""Which applications a model class offers: those of its tests, and those that it declares for the command alone."""

from __future__ import annotations

from typing import ClassVar

import pytest

from common.errors import ConfigurationError
from lightning_modules.conditional_gan import CGAN, CVAE
from lightning_modules.conditional_gan.applications import APPLICATIONS, ClassGrid, Inpainting
from lightning_modules.evaluation.offered import missing_method, offered_applications
from lightning_modules.fashion_completion.applications import Complete
from lightning_modules.recognition import Classifier


class Both(CVAE):
    offered_applications: ClassVar[str] = "lightning_modules.fashion_completion.applications.APPLICATIONS"


def test_a_model_offers_those_of_its_tests_and_those_it_declares() -> None:
    assert list(offered_applications(CVAE).values()) == list(APPLICATIONS)
    assert list(offered_applications(Both).values()) == [*APPLICATIONS, Complete]
    assert offered_applications(Classifier) == {}


def test_a_method_that_a_model_lacks_is_named() -> None:
    assert missing_method(Inpainting, CGAN) == "encode"
    assert missing_method(ClassGrid, CGAN) is missing_method(Inpainting, CVAE) is None


@pytest.mark.parametrize("path", ["nowhere", "lightning_modules.nowhere.APPLICATIONS", "lightning_modules.base.NONE"])
def test_a_declaration_that_names_nothing_is_refused_in_a_line(path: str) -> None:
    model = type("Lost", (CVAE,), {"offered_applications": path})
    with pytest.raises(
        ConfigurationError, match=rf"Lost\.offered_applications: '{path}' cannot be imported"
    ) as refusal:
        offered_applications(model)
    assert "\n" not in str(refusal.value)
