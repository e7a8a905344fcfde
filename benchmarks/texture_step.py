"""One weN texture step at toy size, written plainly and as it trains: in one process, in turn; the ratio counts."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack, nullcontext
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.fashion_completion import WeNTexture
from lightning_modules.fashion_completion.networks.blocks import SLOPE, First
from lightning_modules.memory import keep_freed_memory

BATCH, SIDE, ROUNDS = 8, 64, 12
Batch = dict[str, Tensor]


def batch() -> Batch:
    """Noise in the shape of a batch; what is drawn does not matter to the clock."""
    visible = torch.ones(BATCH, 1, SIDE, SIDE)
    visible[..., 16:40, 16:40] = 0
    images = torch.rand(BATCH, SIDE, SIDE, 3).movedim(-1, 1) * 2 - 1
    return {
        "person": images,
        "parsing": torch.randint(0, 8, (BATCH, SIDE, SIDE)),
        "visible": visible,
        "garments": torch.rand(BATCH, 4, 3, SIDE, SIDE),
        "target_garment": images.clone(),
    }


def model() -> tuple[WeNTexture, list[torch.optim.Optimizer]]:
    """A toy-sized texture stage outside a trainer."""
    torch.manual_seed(0)
    module = WeNTexture(width=16, max_width=64, levels=4)
    optimizers = module.configure_optimizers()
    module.all_optimizers = lambda: optimizers  # type: ignore[method-assign]
    module.manual_backward = lambda loss: loss.backward()  # type: ignore[method-assign]
    return module, optimizers


def convolve_then_pool(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """What the pooled convolutions compute, as a paper writes it."""
    return F.avg_pool2d(conv(x), 2)


def first_block(block: First, x: Tensor) -> Tensor:
    """Return the first block's output, its input in the memory format that a concatenation has."""
    return convolve_then_pool(block.conv2, F.leaky_relu(block.conv1(x), SLOPE)) + convolve_then_pool(block.shortcut, x)


def plainly() -> ExitStack:
    """Convolve and pool apart, keep memory formats as they come, give D's weights a gradient in G's step."""
    stack = ExitStack()
    blocks = "lightning_modules.fashion_completion.networks.blocks"
    for name in ("conv3x3_then_pool", "conv1x1_then_pool"):
        stack.enter_context(patch(f"{blocks}.{name}", convolve_then_pool))
    stack.enter_context(patch(f"{blocks}.First.forward", first_block))
    model = "lightning_modules.fashion_completion.wen"
    stack.enter_context(patch(f"{model}.without_weight_gradients", lambda network: nullcontext()))
    return stack


def seconds(module: WeNTexture, data: Batch, context: Any) -> float:
    """Time of one step."""
    with context:
        start = time.perf_counter()
        module.step(data, torch.Generator().manual_seed(0))
        return time.perf_counter() - start


def main() -> None:
    data = batch()
    plain, _ = model()
    plain_times = [seconds(plain, data, plainly()) for _ in range(2)]
    keep_freed_memory()  # for good: it cannot be taken back, so the plain step gains from it as well
    fast, _ = model()
    fast.to(memory_format=torch.channels_last)
    for _ in range(2):
        seconds(fast, data, nullcontext())
    plain_times.clear()
    fast_times = []
    for _ in range(ROUNDS):
        plain_times.append(seconds(plain, data, plainly()))
        fast_times.append(seconds(fast, data, nullcontext()))
    before, after = statistics.median(plain_times), statistics.median(fast_times)
    print(f"weN texture step, {SIDE} px, batch {BATCH}, width 16, {torch.get_num_threads()} thread(s)")
    print(f"plain {before * 1e3:.0f} ms, as it trains {after * 1e3:.0f} ms: {before / after:.2f}x")


if __name__ == "__main__":
    main()
