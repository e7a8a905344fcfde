"""Feature centres: means of a network's features over all images or over those of each class.

And the losses between the centres of generated and of real images (thesis, sections 3.2.2 and 3.2.3).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Sections 3.2.2 and 3.2.3, moving averages",
        "both centres are moving averages; form and rate are not given",
        "classes: rate 0.9 in each batch with the class, initialised by its first one; D's: the batch's mean "
        "(discriminator_average 0)",
        "a batch has about one image per class but enough for one mean; earlier features of D are those of another D",
    ),
    (
        "Equation 3.10",
        "a minus sign",
        "none, as in line 9 of Algorithm 3.1",
        "a misprint: the loss would drive the centres apart",
    ),
    (
        "Equation 3.12 and line 12 of Algorithm 3.1",
        "a sum over all classes; a sum divided by their number",
        "the mean over the classes of the batch, unless reduction says otherwise",
        "only those can have a gradient, and the weight is then independent of the data set's number of classes",
    ),
    (
        "Section 3.2.3, gradient of a moving average",
        "not given",
        "straight through to the batch's mean, unless centre_gradient is exact",
        "the exact one is a tenth of it, which Adam cancels without another loss",
    ),
)

CentreGradient = Literal["straight_through", "exact"]
Reduction = Literal["mean_present", "mean_all", "sum"]


class Centres(NamedTuple):
    """Centres (K, N), one row per class, and the presence of each class in the batch, (K,) bool."""

    values: Tensor
    present: Tensor


class FeatureCentres(nn.Module):
    """Mean features of each class, as moving averages over the batches that contain the class.

    Source: image-synthesis thesis, section 3.2.3. The first batch with a class initialises its centre, which becomes
    rate * centre + (1 - rate) * m in every later one, with m the mean over its images in the batch. Centres of absent
    classes are unchanged.

    Args:
        classes: K; 1 for a centre of all images.
        size: N, number of features of an image.
        rate: of the moving average; 0 for the batch's means alone.
        gradient: of the averaged value: "straight_through", as if it were m; "exact", that times (1 - rate).
    """

    values: Tensor
    visits: Tensor

    def __init__(
        self, classes: int, size: int, rate: float = 0.9, gradient: CentreGradient = "straight_through"
    ) -> None:
        super().__init__()
        self.rate, self.gradient = rate, gradient
        self.values = nn.Buffer(torch.zeros(classes, size))
        self.visits = nn.Buffer(torch.zeros(classes, dtype=torch.int64))

    def forward(self, features: Tensor, labels: Tensor) -> Centres:
        """Update the centres with a batch and return them.

        Args:
            features: (B, N); gradients reach them from the classes that are present.
            labels: (B,) int64 in 0..K-1.
        """
        means, present = class_means(features, labels, len(self.visits))
        rate = torch.where(self.visits > 0, self.rate, 0.0)[:, None]
        averaged = rate * self.values + (1 - rate) * means
        if self.gradient == "straight_through":
            averaged = means + (averaged - means).detach()
        values = torch.where(present[:, None], averaged, self.values)
        self.values = values.detach().clone()
        self.visits = self.visits + present
        return Centres(values, present)


class CentreMatching(nn.Module):
    """Distance of the feature centres of real and of generated images: L_GD with one class, L_GC with K.

    Source: image-synthesis thesis, equations 3.10 and 3.12, the signs of Algorithm 3.1.

    Args:
        classes, size, rate, gradient: of both `FeatureCentres`.
        reduction: see `centre_matching`.
    """

    def __init__(
        self,
        classes: int,
        size: int,
        rate: float = 0.9,
        gradient: CentreGradient = "straight_through",
        reduction: Reduction = "mean_present",
    ) -> None:
        super().__init__()
        self.reduction = reduction
        self.real = FeatureCentres(classes, size, rate, gradient)
        self.generated = FeatureCentres(classes, size, rate, gradient)

    def forward(self, real: Tensor, generated: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the loss, a scalar; gradients reach the generated images' features only.

        Args:
            real, generated: features (B, N).
            labels: (B,) int64 of both; None where there is one class.
        """
        if labels is None:
            labels = torch.zeros(len(real), dtype=torch.int64, device=real.device)
        return centre_matching(self.real(real.detach(), labels), self.generated(generated, labels), self.reduction)


def centre_matching(real: Centres, generated: Centres, reduction: Reduction = "mean_present") -> Tensor:
    """Return 1/2 || r_k - g_k ||^2, reduced over the classes k in the batch, a scalar.

    Args:
        real: r, without gradient.
        generated: g, of the same labels.
        reduction: "mean_present", the mean over the batch's classes; "mean_all", their sum divided by K, as in
            Algorithm 3.1; "sum", as in equation 3.12.
    """
    squared = (real.values - generated.values).square().sum(1)
    total = 0.5 * (squared * generated.present).sum()
    if reduction == "sum":
        return total
    return total / (len(squared) if reduction == "mean_all" else generated.present.sum().clamp(min=1))


def class_means(features: Tensor, labels: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Return each class's mean (K, N) over its rows in (B, N), 0 if it has none, and its presence (K,) bool."""
    members = F.one_hot(labels, classes).to(features)
    counts = members.sum(0)
    return members.T @ features / counts.clamp(min=1)[:, None], counts > 0
