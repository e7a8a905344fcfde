"""A table file as plain data: read, checked against a schema, every mistake named by file, line and key."""
