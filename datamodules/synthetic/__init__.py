"""Procedurally generated synthetic data sets, written to disk in the official layouts."""
