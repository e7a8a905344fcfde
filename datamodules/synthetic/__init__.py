"""Procedurally drawn stand-ins, written to disk in the official layouts."""
