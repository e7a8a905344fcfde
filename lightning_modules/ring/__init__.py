"""The ring experiment: GAN, WGAN and feature matching fit points on a ring (image-synthesis thesis, section 3.4.1)."""

from lightning_modules.ring.distance_curves import DistanceCurves
from lightning_modules.ring.ring_gans import RingGANs

__all__ = ["DistanceCurves", "RingGANs"]
