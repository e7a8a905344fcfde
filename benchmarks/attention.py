"""Time of weN's attention over two sets of features, as the equations and as one fused call: forward and backward."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.benchmark import Timer

from lightning_modules.fashion_completion.networks.blocks import attend


def readable(query: Tensor, decoded: Tensor, encoded: Tensor) -> Tensor:
    """The map written out, then applied to each set of features."""
    q = query.flatten(2)
    attention = torch.softmax(q.transpose(1, 2) @ q, dim=-1).transpose(1, 2)
    return torch.cat([(f.flatten(2) @ attention).reshape(f.shape) for f in (decoded, encoded)], dim=1)


def fast(query: Tensor, decoded: Tensor, encoded: Tensor) -> Tensor:
    return attend(query, torch.cat([decoded, encoded], dim=1))


def seconds(function: str, inputs: list[Tensor]) -> float:
    known = {"readable": readable, "fast": fast, "inputs": inputs}
    return Timer(f"{function}(*inputs).sum().backward()", globals=known).blocked_autorange(min_run_time=0.5).median


def main() -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"attention over two sets of features, batch 4, float32, {device}, {torch.get_num_threads()} thread(s)")
    for channels, size in ((64, 8), (128, 16), (128, 32)):
        widths = (channels // 4, channels, channels)
        inputs = [torch.randn(4, c, size, size, device=device, requires_grad=True) for c in widths]
        before, after = seconds("readable", inputs), seconds("fast", inputs)
        times = f"{before * 1e3:7.2f} ms -> {after * 1e3:7.2f} ms, {before / after:.2f}x"
        print(f"{channels:4d} channels, {size:3d} px: {times}")


if __name__ == "__main__":
    main()
