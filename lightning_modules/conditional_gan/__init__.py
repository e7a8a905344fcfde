"""Label-conditioned synthesis, and the ring experiment beside it (chapters 3 and 4 of the image-synthesis thesis)."""

from lightning_modules.conditional_gan.ring import RingGANs

__all__ = ["RingGANs"]
