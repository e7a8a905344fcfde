"""Turns official downloads into what the models need."""
