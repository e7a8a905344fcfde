"""Classifiers: C in the training of generators, and the recogniser in their evaluation."""

from lightning_modules.recognition.classifier import Classifier
from lightning_modules.recognition.external import ExternalRecogniser, RecogniserFile, load_recogniser
from lightning_modules.recognition.loading import FrozenClassifier, load_classifier

__all__ = [
    "Classifier",
    "ExternalRecogniser",
    "FrozenClassifier",
    "RecogniserFile",
    "load_classifier",
    "load_recogniser",
]
