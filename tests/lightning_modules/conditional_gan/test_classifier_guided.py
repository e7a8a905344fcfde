"""What is said where the classifier of FM-CGAN or CVAE-GAN is missing or does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.class_images import TINY, class_images, classifier_checkpoint
from support.completion import watched_step

from common.errors import ConfigurationError
from lightning_modules.conditional_gan import CVAEGAN, FMCGAN

KINDS = [FMCGAN, CVAEGAN]
KEY = r"^model\.init_args\.classifier_checkpoint"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("begin", ["setup", "step"])
def test_a_missing_checkpoint_is_said_before_anything_is_trained(kind: type, begin: str) -> None:
    module = kind(**TINY)
    with pytest.raises(ConfigurationError, match=KEY + " is not set.*freeze_classifier: false") as caught:
        module.setup("fit") if begin == "setup" else watched_step(module, class_images())
    assert "\n" not in str(caught.value)
    module.setup("test")  # needs none


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("changes", "message"),
    [({"width": 8}, "width: 4"), ({"network": "resnet18"}, "network: table_3_3"), ({"classes": 3}, "classes 3, and"),
     ({"resolution": 32}, "resolution 32, and")],
)  # fmt: skip
def test_one_that_does_not_fit_is_named(kind: type, changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = classifier_checkpoint(tmp_path, **changes)
    with pytest.raises(ConfigurationError, match=f"{KEY}: {path}.*{message}") as caught:
        kind(**TINY, classifier_checkpoint=str(path)).setup("fit")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_layer_is_named(kind: type) -> None:
    with pytest.raises(
        ConfigurationError, match=r"classifier_features: no layer 'fc2'; there are conv1, conv2, conv3, fc"
    ):
        kind(**TINY, classifier_features=("fc2",))
