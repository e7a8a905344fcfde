"""What the drawing of a figure gives, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from ablations.report.views.pictures import PictureGrid


@dataclass(frozen=True)
class Drawn:
    """A figure without its title.

    Attributes:
        caption: what it shows.
        without: labels of the rows that have nothing to show yet.
        chart: an `<svg>`; "" for none.
        grids: of pictures that lie in run folders.
        images: finished pictures by name, which tells their kind: "sheet.png", "animation.gif".
    """

    caption: str
    without: list[str]
    chart: str = ""
    grids: list[PictureGrid] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)
