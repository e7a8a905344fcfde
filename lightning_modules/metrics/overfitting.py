"""Check of the network that measures: does it recognise only the images that it was trained on?"""

from __future__ import annotations

#: Percentage points between a recogniser's top-1 on training and on held-out images from which a report warns.
LIMIT = 10.0


def overfitting_warning(training: float | None, held_out: float | None) -> str | None:
    """Return a warning where a recogniser's top-1 on its training images is far above that on held-out images.

    Generated images that resemble training images are then recognised better than new ones would be.

    Args:
        training, held_out: top-1 in percent, 0 to 100; None where there are no such images.
    """
    if training is None or held_out is None or training - held_out <= LIMIT:
        return None
    return (
        f"the recogniser is overfitted: its top-1 is {training:.1f} % on training images and {held_out:.1f} % on "
        "held-out ones, so top-1 of generated images rewards likeness to training images"
    )
