"""Execution of the missing stages of a plan: launchers, the process of a stage, and its provenance."""
