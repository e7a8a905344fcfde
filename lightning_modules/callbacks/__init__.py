"""Callbacks of trainings and tests: checkpoints, history, sample images, W&B."""
