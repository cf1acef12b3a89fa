"""Frozen networks and their weights, and downloads from a local server that misbehaves."""

import hashlib
import pickle
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models
from torchvision.transforms import functional as TF

from huelab import features
from huelab.data.sources.download import DownloadError, download, matches

CONTENT = bytes(range(256)) * 40


class Server:
    """Serves files from memory. `cuts` are the bytes sent before each connection is broken."""

    def __init__(self):
        self.files, self.cuts, self.ranges, self.knows_ranges = {}, [], [], True
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, request):
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        content = self.files.get(request.path.strip("/"))
        if content is None:
            return request.send_error(404)
        start = int(asked[6:].rstrip("-")) if asked and self.knows_ranges else 0
        if start and start >= len(content):
            return request.send_error(416)
        request.send_response(206 if start else 200)
        if start:
            place = f"bytes {start}-{len(content) - 1}/{len(content)}"
            request.send_header("Content-Range", place)
        rest = content[start:]
        request.send_header("Content-Length", str(len(rest)))
        request.end_headers()
        request.wfile.write(rest[: self.cuts.pop(0)] if self.cuts else rest)


@pytest.fixture
def server():
    server = Server()
    server.files["file.bin"] = CONTENT
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HUELAB_WEIGHTS", raising=False)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def closed_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


# Downloads


def fetched(server, path, checksum="good"):
    checksum = sha256(CONTENT) if checksum == "good" else checksum
    return download(server.url + "file.bin", path, checksum=checksum)


def part_of(path):
    return path.with_name(path.name + ".part")


@pytest.mark.parametrize(
    "checksum", ["good", None, "md5:" + hashlib.md5(CONTENT).hexdigest(), sha256(CONTENT)[:15]]
)
def test_a_file_is_downloaded_once(server, tmp_path, checksum):
    path = tmp_path / "new" / "folder" / "file.bin"
    assert fetched(server, path, checksum) == path
    assert path.read_bytes() == CONTENT
    fetched(server, path, checksum)
    assert server.ranges == [None]
    assert list(path.parent.iterdir()) == [path]


def test_a_cut_connection_is_taken_up_where_it_broke(server, tmp_path):
    server.cuts = [1000, 2000]
    path = fetched(server, tmp_path / "file.bin")
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1000-", "bytes=3000-"]


def test_a_connection_that_breaks_too_often_is_resumed_by_the_next_call(server, tmp_path):
    path = tmp_path / "file.bin"
    server.cuts = [100, 100, 100]
    with pytest.raises(DownloadError, match="broke after 300 of 10240 bytes"):
        fetched(server, path)
    assert not path.exists() and part_of(path).stat().st_size == 300
    assert fetched(server, path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=300-"


def test_a_server_that_cannot_resume_sends_all_of_it_again(server, tmp_path):
    server.cuts, server.knows_ranges = [1000], False
    assert fetched(server, tmp_path / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"x" * 50, b"x" * len(CONTENT), CONTENT, b""])
def test_what_an_earlier_call_left_is_checked(server, tmp_path, left):
    path = tmp_path / "file.bin"
    part_of(path).write_bytes(left)
    assert fetched(server, path).read_bytes() == CONTENT


def test_without_a_checksum_nothing_is_resumed(server, tmp_path):
    path = tmp_path / "file.bin"
    part_of(path).write_bytes(b"x" * 50)
    assert fetched(server, path, checksum=None).read_bytes() == CONTENT
    assert server.ranges == [None]


def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path):
    path = tmp_path / "file.bin"
    with pytest.raises(DownloadError, match="its sha256 does not begin with 00000000"):
        fetched(server, path, "sha256:00000000")
    assert list(tmp_path.iterdir()) == []


def test_errors_say_what_to_do(server, tmp_path):
    path = tmp_path / "folder" / "file.bin"
    with pytest.raises(DownloadError) as missing:
        download(server.url + "other.bin", path)
    assert "Not Found" in str(missing.value)
    with pytest.raises(DownloadError) as offline:
        download(closed_url() + "file.bin", path, checksum="md5:0123456789abcdef")
    for part in ("refused", "md5 begins with 0123456789abcdef", str(path.parent), "as file.bin"):
        assert part in str(offline.value)


def test_a_folder_that_cannot_be_written_to_is_reported(server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DownloadError, match="file"):
        fetched(server, tmp_path / "file" / "file.bin")


def test_wrong_arguments_of_download(tmp_path):
    with pytest.raises(ValueError, match="http or https"):
        download("file:///etc/passwd", tmp_path / "file")
    with pytest.raises(ValueError, match="sha256:<hex>"):
        download("https://example.org/x", tmp_path / "file", checksum="12345678")


def test_a_checksum_may_be_a_beginning(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    assert matches(path, sha256(CONTENT)[:15]) and not matches(path, "sha256:00000000")


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
    server.files[name] = content
    monkeypatch.setattr(features, "_URL", server.url)
    monkeypatch.setitem(features.OFFICIAL_FILES, "squeezenet1_0", name)
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
    assert features.find_weights("squeezenet1_0") == weights
    monkeypatch.setenv("HUELAB_WEIGHTS", str(weights.parent))
    assert features.find_weights("squeezenet1_0") == weights
    with pytest.raises(features.WeightsError, match="no weights of alexnet"):
        features.find_weights("alexnet", fetch=False)
    pth = tmp_path / "squeezenet1_0.pth"
    torch.save(squeezenet.state_dict(), pth)
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path))
    assert features.find_weights("squeezenet1_0") == pth
    assert features.load("squeezenet").name == "squeezenet"
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path / "nothing"))
    with pytest.raises(features.WeightsError, match="neither a file nor a folder"):
        features.find_weights("squeezenet1_0")


def test_official_weights_are_downloaded_once(server, squeezenet, monkeypatch, tmp_path):
    name = official(monkeypatch, server, squeezenet, tmp_path)
    server.cuts = [100_000]
    network = features.load("squeezenet")
    features.load("squeezenet", fetch=False)
    assert server.ranges == [None, "bytes=100000-"]
    assert (tmp_path / "cache" / "weights" / name).is_file()
    torch.testing.assert_close(
        network.body.state_dict()["features.0.weight"], squeezenet.features[0].weight.detach()
    )


def test_official_weights_that_are_not_what_their_name_says(
    server, squeezenet, monkeypatch, tmp_path
):
    name = official(monkeypatch, server, squeezenet, tmp_path)
    server.files[name] = b"a page of your hotel's network"
    with pytest.raises(features.WeightsError, match="not the file it should be"):
        features.load("squeezenet")
    copied = tmp_path / "by_hand" / name
    copied.parent.mkdir()
    copied.write_bytes(b"cut off")
    with pytest.raises(features.WeightsError, match="is damaged"):
        features.load("squeezenet", copied)


def test_offline_the_error_says_where_to_get_weights_and_where_to_put_them(monkeypatch, tmp_path):
    monkeypatch.setattr(features, "_URL", closed_url())
    for architecture, name in features.OFFICIAL_FILES.items():
        for fetch in (True, False):
            with pytest.raises(features.WeightsError) as error:
                features.find_weights(architecture, fetch=fetch)
            folder = str(tmp_path / "cache" / "weights")
            for part in (features._URL + name, folder, "HUELAB_WEIGHTS"):
                assert part in str(error.value)
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
    with pytest.raises(features.WeightsError, match="no file of weights"):
        features.load("squeezenet", tmp_path / "none.pth")
    with pytest.raises(features.WeightsError, match="no weights of inception_v3"):
        features.load("inception_tv", weights)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(features.WeightsError, match="cannot be read"):
        features.load("squeezenet", cut)
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(features.WeightsError, match="something else"):
        features.read_weights(tmp_path / "list.pth")
    for empty in ("empty.pth", "empty.safetensors"):
        (tmp_path / empty).touch()
        with pytest.raises(features.WeightsError, match="cannot be read"):
            features.read_weights(tmp_path / empty)


def test_unknown_networks():
    with pytest.raises(ValueError, match="inception_tv, squeezenet"):
        features.load("fid")
    with pytest.raises(ValueError, match="alexnet"):
        features.find_weights("resnet50")
