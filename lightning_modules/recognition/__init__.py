"""Classifiers: C in the training of generators, and the recogniser in their evaluation."""

from lightning_modules.recognition.classifier import Classifier
from lightning_modules.recognition.loading import FrozenClassifier, load_classifier

__all__ = ["Classifier", "FrozenClassifier", "load_classifier"]
