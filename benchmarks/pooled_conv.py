"""Time of a 3x3 convolution with average pooling, as written and as one 4x4 convolution: forward and backward."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.benchmark import Timer

from lightning_modules.layers.pooled_conv import conv3x3_then_pool
from lightning_modules.layers.spectral_norm import SpectralConv2d


def readable(conv: nn.Conv2d, x: Tensor) -> Tensor:
    return F.avg_pool2d(conv(x), 2)


def seconds(function: str, conv: nn.Conv2d, x: Tensor) -> float:
    known = {"readable": readable, "fast": conv3x3_then_pool, "conv": conv, "x": x}
    return Timer(f"{function}(conv, x).sum().backward()", globals=known).blocked_autorange(min_run_time=0.5).median


def main() -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"conv 3x3 + 2x2 average pooling, batch 4, float32, {device}, {torch.get_num_threads()} thread(s)")
    for channels, size in ((32, 64), (64, 64), (128, 32)):
        conv = SpectralConv2d(channels, channels, 3, padding=1, bias=False, device=device)
        x = torch.randn(4, channels, size, size, device=device, requires_grad=True)
        before, after = seconds("readable", conv, x), seconds("fast", conv, x)
        times = f"{before * 1e3:7.2f} ms -> {after * 1e3:7.2f} ms, {before / after:.2f}x"
        print(f"{channels:4d} channels, {size:3d} px: {times}")


if __name__ == "__main__":
    main()
