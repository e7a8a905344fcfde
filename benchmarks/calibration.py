"""Calibration of sharpness, noise level and class variety on synthetic images with known blur, noise and collapse.

The data sets are drawn into data/synthetic if they are not there yet (some minutes).
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from datamodules import CUB200, FaceScrub, Flowers102
from datamodules.catalogue import by_name
from lightning_modules.metrics.class_variety import ClassVariety, class_variety
from lightning_modules.metrics.detail import Detail, sharpness
from lightning_modules.metrics.images import to_uint8

SETS = {"faces": FaceScrub, "flowers": Flowers102, "birds": CUB200}
BLURS, NOISES, DISTINCT = (0.0, 0.5, 1.0, 2.0), (0, 10, 20, 40), (1, 2, 5, 20)
EACH = 20  # images of a class


def images_of(kind: type, root: Path, resolution: int) -> tuple[Tensor, Tensor]:
    """Return the first EACH images of each class, uint8, and their labels."""
    data = kind(str(root), resolution, 32)
    data.prepare_data()
    data.setup("test")
    count = dict.fromkeys(range(data.class_count), 0)
    chosen = []
    for place, image in enumerate(data.images):
        if count[image.label] < EACH:
            count[image.label] += 1
            chosen.append(place)
    batches = list(data.in_order(chosen))
    return torch.cat([to_uint8(b["image"]) for b in batches]), torch.cat([b["label"] for b in batches])


def blurred(images: Tensor, sigma: float) -> Tensor:
    side = 2 * int(4 * sigma + 0.5) + 1
    return gaussian_blur(images.float(), [side, side], [sigma, sigma]).round().to(torch.uint8) if sigma else images


def noisy(images: Tensor, deviation: float, correlated: bool = False) -> Tensor:
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    if correlated:
        noise = gaussian_blur(noise, [9, 9], [1.0, 1.0])
        noise = noise / noise.std()
    return (images.float() + deviation * noise).round().clamp(0, 255).to(torch.uint8)


def collapsed(images: Tensor, labels: Tensor, distinct: int) -> Tensor:
    """Return as many images, of which each class has only so many different ones."""
    found = images.clone()
    for label in labels.unique():
        places = (labels == label).nonzero().flatten()
        found[places] = images[places[torch.arange(len(places)) % distinct]]
    return found


def detail_of(images: Tensor) -> Detail:
    found = Detail()
    found.update(images)
    return found


def variety_of(images: Tensor, labels: Tensor) -> ClassVariety:
    found = ClassVariety()
    found.update(images, labels)
    return found


def rows(images: Tensor, labels: Tensor) -> list[tuple[str, list[float]]]:
    """Return the lines of one set: a title and its values."""
    real, varied = detail_of(images), variety_of(images, labels)
    found: list[tuple[str, list[float]]] = []
    for sigma in BLURS:
        for sd in NOISES:
            one = detail_of(noisy(blurred(images, sigma), sd))
            found.append((f"blur {sigma} noise {sd}", [sharpness(one, real), one.noise_level()]))
    one = detail_of(noisy(images, 20, correlated=True))
    found.append(("noise 20 correlated over 1 px", [sharpness(one, real), one.noise_level()]))
    for distinct in DISTINCT:
        few = collapsed(images, labels, distinct)
        variants = [few, noisy(few, 20), noisy(few, 40), noisy(few, 20, correlated=True), blurred(few, 1.0)]
        found.append((f"{distinct} of {EACH}", [class_variety(variety_of(v, labels), varied) for v in variants]))
    return found


def main() -> None:
    base = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("data/synthetic")
    print("blur (px) and noise (levels): sharpness, noise level; k of 20: class variety as is, with noise 20, 40, with")
    print("correlated noise 20, with blur 1")
    for name, kind in SETS.items():
        data_set = by_name()[kind.data_sets["root"]]
        root = data_set.draw(base / data_set.name, 800, 0)
        for resolution in (32, 64, 128):
            print(f"== {name}, {resolution} px")
            for title, values in rows(*images_of(kind, root, resolution)):
                print(f"{title:30s}" + "".join(f" {value:7.2f}" for value in values), flush=True)


if __name__ == "__main__":
    main()
