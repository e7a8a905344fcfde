"""Formats of a report: HTML, Markdown, LaTeX, CSV, and the index of all reports."""
