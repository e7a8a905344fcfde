"""What a table's stages come to: complete configurations of a row at a scale, and the keys of their results."""
