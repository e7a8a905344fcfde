"""Networks of the fashion completion family: plain modules, one file per model."""

from lightning_modules.fashion_completion.networks import bicyclegan, finet, wen

__all__ = ["bicyclegan", "finet", "wen"]
