"""Who measures a model in a test: each judge suits one kind of model."""
