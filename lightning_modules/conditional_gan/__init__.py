"""Class-conditional synthesis (chapters 3 and 4 of the image-synthesis thesis)."""

from lightning_modules.conditional_gan.augmented import AugmentedClassifier
from lightning_modules.conditional_gan.cgan import CGAN
from lightning_modules.conditional_gan.cvae import CVAE
from lightning_modules.conditional_gan.cvae_gan import CVAEGAN
from lightning_modules.conditional_gan.fm_cgan import FMCGAN
from lightning_modules.conditional_gan.real_images import RealImages

__all__ = ["CGAN", "CVAE", "CVAEGAN", "FMCGAN", "AugmentedClassifier", "RealImages"]
