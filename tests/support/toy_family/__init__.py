"""A small family for the test of adding one: a mean that is learnt."""

from lightning_modules.toys.mean_model import MeanModel

__all__ = ["MeanModel"]
