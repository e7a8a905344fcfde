"""Output of a table's result to the terminal and to Weights & Biases."""
