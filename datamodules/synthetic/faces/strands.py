"""Texture of hair: strands or curls, and the light on them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from datamodules.synthetic.canvas.canvas import Colour
from datamodules.synthetic.canvas.curves import Points
from datamodules.synthetic.canvas.palette import brightness, mix, rgb
from datamodules.synthetic.faces.head import Head
from datamodules.synthetic.faces.relief import Lamp, Relief, finer
from datamodules.synthetic.faces.sheet import Plane, Sheet

_TABLE = 1024


class Hair:
    """Paints masses of one person's hair, with the same strands in every image.

    Args:
        sheet: the canvas.
        head: the hair's head.
        lamp: the light on it.
    """

    def __init__(self, sheet: Sheet, head: Head, lamp: Lamp) -> None:
        self.sheet, self.head, self.lamp = sheet, head, lamp
        rng = np.random.default_rng([head.who.marks, 1])
        rough = rng.normal(size=_TABLE).astype(np.float32)
        self.strand = 0.35 * rough + 1.3 * _smooth(rough, 9) + 1.8 * _smooth(rough, 61)
        self.curls = rng.normal(size=(40, 40)).astype(np.float32)
        self.crown = head.around([(head.who.parting * 30, -0.90)])[0]
        hair = head.who.hair
        self.gleam = mix(hair, rgb("fff1d6"), 0.42 if brightness(hair) > 0.2 else 0.26)

    def paint(
        self,
        outline: Points,
        *,
        colour: Colour | None = None,
        curly: bool = False,
        wave: float = 0.0,
        opacity: float = 1.0,
        soft: float = 0.010,
        clip: Plane | None = None,
        depth: float = 1.0,
    ) -> None:
        """Paint a mass of hair over the sheet.

        Args:
            outline: its closed outline.
            colour: None for the person's hair.
            curly: curls instead of strands.
            wave: amplitude of the strands' waves.
            opacity: less than 1 for visible skin.
            soft: blur of its rim.
            clip: restriction to this area (H, W).
            depth: factor of its light: less than 1 for hair in the back.
        """
        patch = self.sheet.patch(outline, soft, clip)
        if patch is None:
            return
        top, middle = float(outline[:, 1].min()), float(np.median(outline[:, 0]))
        reach = max(float(np.ptp(outline[:, 0])) / 2, 0.3)
        bottom = max(float(outline[:, 1].max()), top + 1.4)
        edges = tuple(np.array([[middle + side * reach, top], [middle + side * reach, bottom]]) for side in (-1, 1))
        relief = Relief(self.sheet, patch, (edges[0], edges[1]))
        pattern, sheen = self._curls(relief) if curly else self._strands(relief, wave)
        light, _ = relief.light(self.lamp)
        shape = patch.cover.shape
        pattern, sheen = finer(pattern, shape), finer(sheen, shape)
        base = self.head.who.hair if colour is None else colour
        paint = base[:, None, None] * (pattern * np.float32(depth))
        paint += (self.gleam - base)[:, None, None] * (sheen * np.float32(depth))
        paint *= 0.30 + 0.70 * light
        if opacity != 1.0:
            patch = replace(patch, cover=patch.cover * np.float32(opacity))
        self.sheet.add(patch, np.clip(paint, 0, 255))

    def _strands(self, relief: Relief, wave: float) -> tuple[Plane, Plane]:
        x, y = relief.x[None, :], relief.y[:, None]
        if wave:
            x = x + (np.float32(wave) * np.sin(7.5 * y + 2.0 * x)).astype(np.float32)
        rise = np.minimum(y, 0.15) - np.float32(self.crown[1] - 0.12)
        angle = np.arctan2(x - np.float32(self.crown[0]), np.maximum(rise, 0.02))
        pattern = self.strand[(angle * np.float32(_TABLE / 5.0)).astype(np.int32) % _TABLE]
        band = np.exp(-np.square((y - np.float32(self.crown[1] + 0.30)) / np.float32(0.17)))
        low = np.exp(-np.square((y - np.float32(0.75)) / np.float32(0.30))) * 0.45
        facing = 0.55 + 0.45 * np.clip(1 - np.square(x - self.lamp.towards[0] * 0.45) / 0.7, 0, 1)
        sheen = np.clip((band + low) * (0.42 + 0.55 * pattern), 0, 1) * facing
        return (0.92 + 0.20 * pattern).astype(np.float32), (sheen * np.float32(0.85)).astype(np.float32)

    def _curls(self, relief: Relief) -> tuple[Plane, Plane]:
        pattern = 0.75 * self._noise(relief, 11) + 0.45 * self._noise(relief, 21)
        deep = 0.26 - 0.13 * brightness(self.head.who.hair)
        return (0.92 + deep * pattern).astype(np.float32), np.clip(0.30 * pattern - 0.08, 0, 1).astype(np.float32)

    def _noise(self, relief: Relief, dense: float) -> Plane:
        x, y = np.meshgrid((relief.x + 6) * dense % 38, (relief.y + 6) * dense % 38)
        return np.asarray(cv2.remap(self.curls, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC))


def _smooth(values: Plane, width: int) -> Plane:
    """Return the running mean of a cyclic sequence of values."""
    ring = np.concatenate([values[-width:], values, values[:width]])
    return np.convolve(ring, np.full(width, 1 / width, np.float32), mode="same")[width:-width].astype(np.float32)
