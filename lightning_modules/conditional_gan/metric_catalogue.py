"""Metrics of the applications of conditional models; see lightning_modules.metrics.catalogue."""

from __future__ import annotations

from lightning_modules.metrics.catalogue import Metric

METRICS = (
    Metric("inpainting_psnr", 2, "higher", "dB", "peak signal-to-noise ratio in the hole"),
    Metric("inpainting_ssim", 3, "higher", "", "structural similarity in the hole"),
    Metric("inpainting_psnr_mean_fill", 2, "none", "dB", "inpainting_psnr of a hole filled with the mean colour of the "
           "rest"),
    Metric("inpainting_ssim_mean_fill", 3, "none", "", "inpainting_ssim of a hole filled with the mean colour of the "
           "rest"),
    Metric("morphing_top1", 1, "higher", "%", "mixtures of two codes whose class a recogniser recognises"),
    Metric("morphing_top1_ends", 1, "none", "%", "reconstructions of both whose class it recognises"),
    Metric("morphing_largest_step", 2, "lower", "", "largest step over the mean step of a path; 1 is even"),
    Metric("retrieval_attributes", 1, "higher", "%", "attributes that images with near codes share with the query"),
    Metric("retrieval_attributes_chance", 1, "none", "%", "the same of any images"),
    Metric("retrieval_same_class", 1, "none", "%", "images with near codes that are of the query's class"),
    Metric("retrieval_same_class_chance", 1, "none", "%", "the same of any images"),
    Metric("memorisation_pixels_ratio", 3, "higher", "", "distance to the nearest training image over that to a "
           "held-out one, median"),
    Metric("memorisation_pixels_nearer_training", 1, "none", "%", "generated images that are nearer to a training "
           "image"),
    Metric("memorisation_recogniser_ratio", 3, "higher", "", "memorisation_pixels_ratio by a recogniser's features"),
    Metric("memorisation_recogniser_nearer_training", 1, "none", "%", "memorisation_pixels_nearer_training by a "
           "recogniser's features"),
    Metric("memorisation_expected", 1, "none", "%", "expected value of that share without copies"),
    Metric("latent_plane_explained", 1, "none", "%", "variance of the codes in the plane of their two principal "
           "components"),
)  # fmt: skip
