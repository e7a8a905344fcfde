"""Resolution of a table's stages: complete configurations of a row at a scale, and the keys of their results."""
