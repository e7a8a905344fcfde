"""A table's result in other places than its report: the terminal, and Weights & Biases."""
