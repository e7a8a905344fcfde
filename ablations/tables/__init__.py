"""Table files as plain data, checked against a schema; errors name file, line and key."""
