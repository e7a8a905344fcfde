"""Runs what a plan lacks: launchers, a stage's own process, and the record that it leaves."""
