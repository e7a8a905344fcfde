"""Evaluator of the conditional models: class-conditional generation, then the models' applications."""

from __future__ import annotations

from typing import Any

from lightning_modules.conditional_gan.applications import APPLICATIONS
from lightning_modules.evaluation.class_conditional import ClassConditional


class ConditionalEvaluator(ClassConditional):
    """ClassConditional, with the applications of Figures 4.5 to 4.12 of the image-synthesis thesis."""

    @classmethod
    def applications(cls) -> list[Any]:
        return [application() for application in APPLICATIONS]
