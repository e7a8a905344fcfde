"""What a table's runs measured, gathered from disk, and the verdicts on its claims."""
