"""Flowers: species, petals, blooms and the picture of one."""
