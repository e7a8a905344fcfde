"""Preparation of the official downloads for the models: alignment, crops, labels, sizes."""
