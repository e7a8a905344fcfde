"""Scaling of the image-synthesis thesis's networks to smaller sizes: fewer channels, and fewer halvings."""

from __future__ import annotations

from common.errors import ConfigurationError

#: Side of the smallest map of every network, in pixels.
SMALLEST = 4
#: The thesis's base channels, and the side of its images.
PAPER_WIDTH, PAPER_RESOLUTION = 64, 128


def scaled_channels(channels: int, width: int) -> int:
    """Return the channels of a layer that has `channels` at the thesis's width of 64; at least 1."""
    return max(1, channels * width // PAPER_WIDTH)


def halvings(resolution: int) -> int:
    """Return the number of halvings of an image of this side down to a 4 x 4 map: 5 for 128 pixels.

    Raises:
        ConfigurationError: not 8, 16, 32, 64 or 128.
    """
    sides = [SMALLEST << count for count in range(1, 6)]
    if resolution not in sides:
        raise ConfigurationError(
            f"model.init_args.resolution: {resolution}; the networks take {', '.join(map(str, sides))}"
        )
    return sides.index(resolution) + 1
