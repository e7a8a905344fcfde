"""Results of a table's runs, read from disk, and verdicts on its claims."""
