"""Classifiers that generators are trained against, and are judged by."""

from lightning_modules.recognition.classifier import Classifier
from lightning_modules.recognition.loading import FrozenClassifier, load_classifier

__all__ = ["Classifier", "FrozenClassifier", "load_classifier"]
