"""Downloads from a local server that misbehaves as real ones do."""

import hashlib
import time

import pytest
from local_server import closed_url

from huelab.data.sources import download as module
from huelab.data.sources.download import DownloadError, NoSuchFile, download, matches

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def server(server):
    server.files["/file.bin"] = CONTENT
    return server


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def fetched(server, path, checksum="good"):
    checksum = sha256(CONTENT) if checksum == "good" else checksum
    return download(server.url + "/file.bin", path, checksum=checksum)


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
    server.cuts["/file.bin"] = [1000, 2000]
    path = fetched(server, tmp_path / "file.bin")
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1000-", "bytes=3000-"]


def test_a_connection_that_breaks_too_often_is_resumed_by_the_next_call(server, tmp_path):
    path = tmp_path / "file.bin"
    server.cuts["/file.bin"] = [100] * module.TRIES
    with pytest.raises(DownloadError, match="the connection broke after 500 bytes"):
        fetched(server, path)
    assert not path.exists() and part_of(path).stat().st_size == 500
    assert fetched(server, path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=500-"


def test_a_connection_that_gives_nothing_is_not_tried_again(server, tmp_path):
    server.cuts["/file.bin"] = [0, 0]
    with pytest.raises(DownloadError):
        fetched(server, tmp_path / "file.bin")
    assert len(server.ranges) == 1


def test_a_busy_server_is_waited_for_as_long_as_it_asks_but_not_forever(
    server, tmp_path, monkeypatch
):
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    server.says["/file.bin"] = [(503, 7), (429, 100_000)]
    assert fetched(server, tmp_path / "file.bin").read_bytes() == CONTENT
    assert waited == [7, 20]
    server.says["/file.bin"] = [(503, 0)] * 4
    with pytest.raises(DownloadError, match="the server says 503"):
        fetched(server, tmp_path / "other.bin")


def test_a_server_that_cannot_resume_sends_all_of_it_again(server, tmp_path):
    server.cuts["/file.bin"], server.knows_ranges = [1000], False
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
    with pytest.raises(NoSuchFile, match="its sha256 does not begin with 00000000"):
        fetched(server, path, "sha256:00000000")
    assert list(tmp_path.iterdir()) == []


def test_errors_say_what_to_do(server, tmp_path):
    path = tmp_path / "folder" / "file.bin"
    with pytest.raises(NoSuchFile) as missing:
        download(server.url + "/other.bin", path)
    assert missing.value.reason == "the server says 404 Not Found"
    with pytest.raises(DownloadError) as offline:
        download(closed_url() + "/file.bin", path, checksum="md5:0123456789abcdef")
    assert not isinstance(offline.value, NoSuchFile)
    assert offline.value.reason.startswith("there is no connection to the server")
    for part in ("refused", "md5 begins with 0123456789abcdef", str(path.parent), "as file.bin"):
        assert part in str(offline.value)


def test_a_folder_that_cannot_be_written_to_is_reported(server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DownloadError, match="file"):
        fetched(server, tmp_path / "file" / "file.bin")


def test_wrong_checksums_of_download(tmp_path):
    with pytest.raises(ValueError, match="sha256:<hex>"):
        download("https://example.org/x", tmp_path / "file", checksum="12345678")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/x", "abacus", "", "http://[x", "http://a..b/"]
)
def test_an_address_that_is_none_of_http_is_one_line(server, tmp_path, url):
    with pytest.raises(NoSuchFile) as caught:
        download(url, tmp_path / "file")
    assert "its address is not one of http or https" in caught.value.reason
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "/file.bin"])
def test_where_an_answer_leads_is_http_and_ends(server, tmp_path, place):
    answer = f"HTTP/1.0 302 Found\r\nLocation: {place}\r\n\r\n".encode()
    server.raw["/file.bin"] = [answer] * 50
    with pytest.raises(NoSuchFile, match="or leads to no such address"):
        fetched(server, tmp_path / "file.bin")
    assert list(tmp_path.iterdir()) == []


def answer(*headers, code=200, body=CONTENT):
    lines = [f"HTTP/1.1 {code} OK", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


CHUNK = b"%x\r\n%s\r\n" % (len(CONTENT), CONTENT)


@pytest.mark.parametrize(
    "said",
    [
        answer("Content-Length: many"),
        answer("Content-Length: -7"),
        answer("Content-Length: 1e9"),
        answer("Content-Length: " + "9" * 30),
        answer("Content-Length: 5, 6"),
        answer("Content-Length: 5"),
        answer("Transfer-Encoding: chunked", body=CHUNK + b"0\r\n\r\n"),
        answer("Transfer-Encoding: chunked", body=CHUNK),  # no end
        answer("Transfer-Encoding: chunked", body=CHUNK[:3000]),
        answer("Transfer-Encoding: chunked", body=b"many\r\n" + CONTENT),
        answer("Content-Range: bytes 0-99/10240", code=206, body=CONTENT[:100]),
        answer("Content-Range: bytes 50-99/10240", code=206, body=CONTENT[50:100]),
        answer("Content-Range: about", code=206),
        answer("Retry-After: soon", "Content-Length: 0", code=503, body=b""),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"",
    ],
)
def test_an_answer_that_makes_no_sense_is_one_line_or_harmless(server, tmp_path, said):
    """With a part of an earlier call, and without; the next call has the file."""
    path = tmp_path / "file.bin"
    for left in (b"", CONTENT[:500]):
        part_of(path).write_bytes(left)
        server.raw["/file.bin"] = [said]
        try:
            fetched(server, path)
        except DownloadError as error:
            assert "\n" not in str(error) and str(tmp_path) in str(error)
            fetched(server, path)
        assert path.read_bytes() == CONTENT
        assert list(tmp_path.iterdir()) == [path]
        path.unlink()


@pytest.mark.parametrize("said", ["bytes 700-10239/10240", "bytes 0-10239/10240", "bytes", ""])
def test_a_wrong_part_is_not_added_to_what_is_there(server, tmp_path, said):
    path = tmp_path / "file.bin"
    part_of(path).write_bytes(CONTENT[:500])
    body = CONTENT if said.startswith("bytes 0") else CONTENT[700:]
    server.raw["/file.bin"] = [answer(f"Content-Range: {said}", code=206, body=body)]
    assert fetched(server, path).read_bytes() == CONTENT
    assert len(server.asked) == (1 if body == CONTENT else 2)


def test_a_part_of_what_was_asked_for_is_followed_by_the_rest(server, tmp_path):
    path = tmp_path / "file.bin"
    part_of(path).write_bytes(CONTENT[:500])
    some = answer("Content-Range: bytes 500-799/10240", code=206, body=CONTENT[500:800])
    server.raw["/file.bin"] = [some]
    assert fetched(server, path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=500-", "bytes=800-"]


def test_a_checksum_may_be_a_beginning(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    assert matches(path, sha256(CONTENT)[:15]) and not matches(path, "sha256:00000000")
