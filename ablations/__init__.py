"""The matrix: a paper's table as a file that expands into runs, is planned, run and reported."""
