"""Flowers: species, petals, blooms and images."""
