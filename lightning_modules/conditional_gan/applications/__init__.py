"""Applications of class-conditional models: Figures 3.6 and 4.5 to 4.12 of the image-synthesis thesis."""

from __future__ import annotations

from lightning_modules.conditional_gan.applications.attribute_retrieval import AttributeRetrieval
from lightning_modules.conditional_gan.applications.class_grid import ClassGrid
from lightning_modules.conditional_gan.applications.inpainting import Inpainting
from lightning_modules.conditional_gan.applications.latent_plane import LatentPlane
from lightning_modules.conditional_gan.applications.morphing import Morphing
from lightning_modules.conditional_gan.applications.nearest_neighbours import NearestNeighbours
from lightning_modules.evaluation.application import Application

#: In the order of the thesis. Each is a dataclass: its fields are its options; a test uses the defaults.
APPLICATIONS: tuple[type[Application], ...] = (
    ClassGrid,
    LatentPlane,
    NearestNeighbours,
    Inpainting,
    Morphing,
    AttributeRetrieval,
)
