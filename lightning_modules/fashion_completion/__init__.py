"""Fashion completion: weN, and its baselines FiNet and BicycleGAN (Table 4-1 of the fashion completion thesis)."""

from lightning_modules.fashion_completion.bicyclegan import BicycleGAN
from lightning_modules.fashion_completion.finet import FiNetShape, FiNetTexture
from lightning_modules.fashion_completion.wen import WeNShape, WeNTexture

__all__ = ["BicycleGAN", "FiNetShape", "FiNetTexture", "WeNShape", "WeNTexture"]
