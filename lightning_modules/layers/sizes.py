"""One rule by which the networks of the image-synthesis thesis shrink: fewer channels, and fewer halvings."""

from __future__ import annotations

from common.errors import ConfigurationError

#: Side of the smallest map of every network, in pixels.
SMALLEST = 4
#: The thesis's base channels, and its side of a picture.
PAPER_WIDTH, PAPER_RESOLUTION = 64, 128


def scaled(channels: int, width: int) -> int:
    """The channels of a layer that has `channels` at the thesis's width of 64; at least 1."""
    return max(1, channels * width // PAPER_WIDTH)


def halvings(resolution: int) -> int:
    """How often a picture of this side is halved until its map is 4 x 4: 5 for 128 pixels.

    Raises:
        ConfigurationError: not 8, 16, 32, 64 or 128.
    """
    sides = [SMALLEST << count for count in range(1, 6)]
    if resolution not in sides:
        raise ConfigurationError(
            f"model.init_args.resolution: {resolution}; the networks take {', '.join(map(str, sides))}"
        )
    return sides.index(resolution) + 1
