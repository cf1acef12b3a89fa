"""Frozen networks and their weights, downloaded from a local server that misbehaves."""

import hashlib
import pickle
import re

import pytest
import torch
from local_server import closed_url
from safetensors.torch import save_file
from torchvision import models
from torchvision.transforms import functional as TF

from huelab import features, imagenet


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HUELAB_WEIGHTS", raising=False)


# Weights


@pytest.fixture(scope="module")
def squeezenet():
    torch.manual_seed(0)
    return models.squeezenet1_0().eval()


@pytest.fixture(scope="module")
def weights(squeezenet, tmp_path_factory):
    """The network's weights as safetensors in half precision."""
    path = tmp_path_factory.mktemp("weights") / "squeezenet1_0-mine.safetensors"
    save_file({key: value.half() for key, value in squeezenet.state_dict().items()}, path)
    return path


def pictures(n=3, height=40, width=52):
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(0))


def official(monkeypatch, server, squeezenet, tmp_path):
    """Let the server be the official place, and the official file be these weights."""
    path = tmp_path / "source.pth"
    torch.save(squeezenet.state_dict(), path)
    content = path.read_bytes()
    name = f"squeezenet1_0-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    server.files["/" + name] = content
    monkeypatch.setitem(imagenet.OFFICIAL_URLS, "squeezenet1_0", f"{server.url}/{name}")
    return name


def test_squeezenet_sees_what_torchvision_computes(squeezenet, weights):
    network = features.load("squeezenet", weights)
    rgb = pictures()
    resized = TF.resize(rgb, [224, 224], antialias=True)
    prepared = TF.normalize(resized, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    torch.testing.assert_close(features.prepare(rgb, 224), prepared)
    with torch.no_grad():
        halved = models.squeezenet1_0().eval()
        halved.load_state_dict({k: v.half() for k, v in squeezenet.state_dict().items()})
        pooled = halved.features(prepared).mean((2, 3))
        logits = halved(prepared)
    torch.testing.assert_close(features.extract(network, rgb), pooled, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(features.classify(network, rgb), logits, atol=1e-5, rtol=1e-4)
    assert (network.name, network.resizer, network.dimension) == ("squeezenet", "bilinear224", 512)
    assert network.weights_sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()


def test_inception_sees_what_torchvision_computes(tmp_path):
    torch.manual_seed(0)
    body = models.inception_v3(init_weights=False, transform_input=True).eval()
    path = tmp_path / "inception_v3.safetensors"
    save_file(body.state_dict(), path)  # with the auxiliary classifier, as the official file
    network = features.load("inception_tv", path)
    seen = network(pictures(1))
    with torch.no_grad():
        torch.testing.assert_close(seen.logits, body(features.prepare(pictures(1), 299)))
        torch.testing.assert_close(body.fc(seen.features), seen.logits)
    assert seen.features.shape == (1, 2048)
    assert (network.name, network.resizer) == ("inception_tv", "bilinear299")


def test_a_network_is_frozen_in_float32(weights):
    network = features.load("squeezenet", weights)
    rgb = pictures().requires_grad_()
    seen = network.train()(rgb)
    assert not seen.features.requires_grad
    assert not any(p.requires_grad for p in network.parameters())
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        again = torch.nn.Sequential(network).train()(rgb)
    torch.testing.assert_close(again, seen)


def test_weights_are_found_in_the_environment(weights, squeezenet, monkeypatch, tmp_path):
    monkeypatch.setenv("HUELAB_WEIGHTS", str(weights))
    assert imagenet.find_weights("squeezenet1_0") == weights
    monkeypatch.setenv("HUELAB_WEIGHTS", str(weights.parent))
    assert imagenet.find_weights("squeezenet1_0") == weights
    with pytest.raises(features.WeightsError, match="no weights of alexnet"):
        imagenet.find_weights("alexnet", fetch=False)
    pth = tmp_path / "squeezenet1_0.pth"
    torch.save(squeezenet.state_dict(), pth)
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path))
    assert imagenet.find_weights("squeezenet1_0") == pth
    assert features.load("squeezenet").name == "squeezenet"
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path / "nothing"))
    with pytest.raises(features.WeightsError, match="neither a file nor a folder"):
        imagenet.find_weights("squeezenet1_0")


def test_the_official_places_are_pytorchs():
    for name, url in imagenet.OFFICIAL_URLS.items():
        assert url.startswith(f"https://download.pytorch.org/models/{name}")
        assert re.search(r"-[0-9a-f]{8}\.pth$", url)


def test_official_weights_are_downloaded_once(server, squeezenet, monkeypatch, tmp_path):
    name = official(monkeypatch, server, squeezenet, tmp_path)
    folder = tmp_path / "cache" / "weights"
    folder.mkdir(parents=True)
    (folder / f"{name}.0123.partial").write_bytes(b"what a killed process left")
    network = features.load("squeezenet")
    features.load("squeezenet", fetch=False)
    features.load("squeezenet")
    assert server.asked == ["/" + name]
    assert {path.suffix for path in folder.iterdir()} == {".pth", ".lock"}
    torch.testing.assert_close(
        network.body.state_dict()["features.0.weight"], squeezenet.features[0].weight.detach()
    )


def test_official_weights_that_are_not_what_their_name_says(
    server, squeezenet, monkeypatch, tmp_path
):
    name = official(monkeypatch, server, squeezenet, tmp_path)
    right, server.files["/" + name] = server.files["/" + name], b"a page of your hotel's network"
    with pytest.raises(features.WeightsError, match="has another sha256 or is not complete"):
        features.load("squeezenet")
    server.files["/" + name], server.cuts["/" + name] = right, [100_000]
    with pytest.raises(
        features.WeightsError, match="or is not complete; the next call downloads it again"
    ):
        features.load("squeezenet")
    assert not list((tmp_path / "cache" / "weights").glob("*.p*"))
    assert features.load("squeezenet").name == "squeezenet"  # the next call begins anew
    copied = tmp_path / "by_hand" / name
    copied.parent.mkdir()
    copied.write_bytes(b"cut off")
    with pytest.raises(features.WeightsError, match="is damaged"):
        features.load("squeezenet", copied)


def test_a_server_without_the_file_or_a_folder_that_cannot_be_written_to(
    server, squeezenet, monkeypatch, tmp_path
):
    name = official(monkeypatch, server, squeezenet, tmp_path)
    del server.files["/" + name]
    with pytest.raises(features.WeightsError, match="Not Found"):
        features.load("squeezenet")
    (tmp_path / "file").touch()
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "file"))
    with pytest.raises(features.WeightsError, match="HUELAB_WEIGHTS"):
        features.load("squeezenet")


def test_offline_the_error_says_where_to_get_weights_and_where_to_put_them(monkeypatch, tmp_path):
    closed = closed_url()
    for architecture, url in imagenet.OFFICIAL_URLS.items():
        url = closed + "/" + url.rpartition("/")[2]
        monkeypatch.setitem(imagenet.OFFICIAL_URLS, architecture, url)
        for fetch in (True, False):
            with pytest.raises(features.WeightsError) as error:
                imagenet.find_weights(architecture, fetch=fetch)
            for part in (url, str(tmp_path / "cache" / "weights"), "HUELAB_WEIGHTS"):
                assert part in str(error.value)
            assert ("refused" in str(error.value)) == fetch
    with pytest.raises(features.WeightsError, match="inception_v3"):
        features.load("inception_tv")


class _Harmful:
    """Pickled, it would make a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_nothing_in_a_file_of_weights_is_executed(tmp_path):
    trace = tmp_path / "trace"
    path = tmp_path / "squeezenet1_0.pth"
    for write in (torch.save, lambda thing, path: path.write_bytes(pickle.dumps(thing))):
        write({"features.0.weight": _Harmful(trace)}, path)
        with pytest.raises(features.WeightsError, match="cannot be read as weights"):
            features.load("squeezenet", path)
        assert not trace.exists()


def test_files_that_are_no_weights_of_the_network(weights, tmp_path):
    with pytest.raises(features.WeightsError, match="no weights file"):
        features.load("squeezenet", tmp_path / "none.pth")
    with pytest.raises(features.WeightsError, match="no weights of inception_v3"):
        features.load("inception_tv", weights)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(features.WeightsError, match="cannot be read"):
        features.load("squeezenet", cut)
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(features.WeightsError, match="something other than the tensors"):
        imagenet.read_weights(tmp_path / "list.pth")
    for empty in ("empty.pth", "empty.safetensors"):
        (tmp_path / empty).touch()
        with pytest.raises(features.WeightsError, match="cannot be read"):
            imagenet.read_weights(tmp_path / empty)


def test_unknown_networks():
    with pytest.raises(ValueError, match="inception_tv, squeezenet"):
        features.load("fid")
    with pytest.raises(ValueError, match="alexnet"):
        imagenet.find_weights("resnet50")
