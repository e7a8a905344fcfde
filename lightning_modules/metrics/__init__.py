"""Metrics of generated images: distribution distances, paired similarity, parsing inside the hole."""
