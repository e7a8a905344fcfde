from __future__ import annotations

import pytest

from common.errors import ConfigurationError
from lightning_modules.layers.sizes import halvings, scaled_channels


def test_sizes() -> None:
    assert [halvings(side) for side in (8, 16, 32, 64, 128)] == [1, 2, 3, 4, 5]
    assert [scaled_channels(512, width) for width in (64, 16, 4)] == [512, 128, 32]
    assert scaled_channels(16, 2) == 1


@pytest.mark.parametrize("side", [0, 4, 48, 100, 256])
def test_other_sizes_are_refused_in_one_line(side: int) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"model\.init_args\.resolution: {side};.* 8, 16, 32, 64, 128"
    ) as caught:
        halvings(side)
    assert "\n" not in str(caught.value)
