"""Evaluators: each measures one kind of model in a test. A model class names its own in `evaluator`."""

from lightning_modules.evaluation.class_conditional import ClassConditional
from lightning_modules.evaluation.evaluator import Evaluator, Measurement, evaluator_class
from lightning_modules.evaluation.feature_evaluator import FeatureEvaluator
from lightning_modules.evaluation.image_to_image import ImageToImage
from lightning_modules.evaluation.self_reported import SelfReported
from lightning_modules.evaluation.verification import Verification

__all__ = [
    "ClassConditional",
    "Evaluator",
    "FeatureEvaluator",
    "ImageToImage",
    "Measurement",
    "SelfReported",
    "Verification",
    "evaluator_class",
]
