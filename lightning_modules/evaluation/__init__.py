"""Evaluators: each measures one kind of model in a test."""
