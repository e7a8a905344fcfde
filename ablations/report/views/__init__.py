"""Contents of a report, the same for all formats."""
