"""`huelab colorize` on folders as people have them: every photograph its result, nothing lost."""

import contextlib
import os
import pty
import re
import sys
from inspect import signature
from itertools import count

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps, PngImagePlugin
from skimage import data
from skimage.color import rgb2lab
from typer.testing import CliRunner

import huelab
from huelab import images
from huelab.apply import photo
from huelab.cli.batch import plan
from huelab.cli.colorize import colorize
from huelab.cli.main import app
from huelab.cli.progress import progress
from huelab.images.files import readable
from huelab.images.limits import MAX_PIXELS, MAX_SCANS
from huelab.methods import shipped, trained
from huelab.methods.baselines import MeanColor

WARM = MeanColor(torch.tensor([8.0, 20.0]))


@pytest.fixture(autouse=True)
def warm(monkeypatch):
    """A colorizer that needs no weights: every pixel the same warm color."""
    monkeypatch.setattr(shipped, "load", lambda name="first": WARM)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


SEEDS = count()


def put(path):
    """A photograph like no other; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = np.random.default_rng(next(SEEDS)).integers(40, 200, (4, 6), np.uint8)
    Image.fromarray(levels).resize((30, 20)).save(path)
    return path


def run(*words, charset="utf-8"):
    return CliRunner(charset=charset).invoke(app, ["colorize", *map(str, words)])


def names(folder):
    """What is in a folder, below it too."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def results(result, status=0):
    """The paths that a call printed, each once."""
    assert isinstance(result.exception, SystemExit | None), repr(result.exception)
    assert result.exit_code == status, result.output
    printed = result.stdout.splitlines()
    assert len(set(printed)) == len(printed)
    assert all(line.startswith("huelab: ") for line in result.stderr.splitlines()), result.stderr
    return printed


def written(path):
    """Which file it is, and when it was written; it may have been read since."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def assert_made_from(result, source):
    assert np.array_equal(images.read(result), huelab.colorize(source, method=WARM))


def no_work(monkeypatch):
    """From now on nobody decodes a picture or loads a network."""

    def forbidden(*arguments, **options):
        raise AssertionError("no work was to be done")

    monkeypatch.setattr(images, "read", forbidden)
    monkeypatch.setattr(shipped, "load", forbidden)


def test_files_and_folders_are_colored_next_to_themselves(home):
    put(home / "one.jpg"), put(home / "in" / "two.png")
    assert results(run("one.jpg", "in")) == ["one-color.png", "in/two-color.png"]
    assert_made_from("one-color.png", "one.jpg")
    assert_made_from("in/two-color.png", "in/two.png")


def test_a_second_call_goes_on_where_the_first_ended(home, monkeypatch):
    put(home / "1.jpg"), put(home / "2.jpg")
    results(run(home / "1.jpg"))
    before = written(home / "1-color.png")
    result = run(home)
    assert results(result) == [str(home / "2-color.png")]
    assert "1 photograph already had a result" in result.stderr
    assert "1 file that HueLab made was left out." in result.stderr
    assert written(home / "1-color.png") == before
    no_work(monkeypatch)
    result = run(home)
    assert results(result) == [] and "2 photographs already had results" in result.stderr
    assert names(home) == {"1.jpg", "2.jpg", "1-color.png", "2-color.png"}


def test_overwrite_makes_results_anew(home, monkeypatch):
    put(home / "one.jpg")
    results(run("."))
    cold = MeanColor(torch.tensor([0.0, -30.0]))
    monkeypatch.setattr(shipped, "load", lambda name: cold)
    assert results(run(".", "--overwrite")) == ["one-color.png"]
    assert rgb2lab(images.read("one-color.png"))[..., 2].mean() == pytest.approx(-30, abs=2)


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_one_name_in_two_formats_gives_two_results(home, more):
    for name in ("a.jpg", "a.png", "a.jpeg", "A.tif", "b.png"):
        put(home / name)
    made = ["A-tif", "a-jpeg", "a-jpg", "a-png", "b"]
    assert results(run(".", *more)) == [f"{name}-color.png" for name in made]
    for name, source in zip(made, ["A.tif", "a.jpeg", "a.jpg", "a.png", "b.png"], strict=True):
        assert_made_from(f"{name}-color.png", source)


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_one_name_in_two_calls_gives_two_results(home, more):
    put(home / "a.jpg"), put(home / "a.png"), put(home / "x" / "a.jpg"), put(home / "y" / "a.jpg")
    assert results(run("a.jpg", *more)) == ["a-color.png"]
    assert results(run("a.png", *more)) == ["a-png-color.png"]
    assert results(run("x", "-o", "out", *more)) == ["out/a-color.png"]
    assert results(run("y", "-o", "out", *more)) == ["out/a-jpg-color.png"]
    assert results(run("a.jpg", "-o", "out", *more)) == ["out/a-jpg-2-color.png"]
    made = {"a-color.png": "a.jpg", "a-png-color.png": "a.png", "out/a-color.png": "x/a.jpg"}
    made |= {"out/a-jpg-color.png": "y/a.jpg", "out/a-jpg-2-color.png": "a.jpg"}
    for result, source in made.items():
        assert_made_from(result, source)
    # All of them at once: each has its result already.
    result = run("a.jpg", "a.png", "x", "y")
    assert len(results(result)) == 2 and "2 photographs already had results" in result.stderr
    assert results(run("a.jpg", "x", "y", "-o", "out")) == []


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_equal_names_of_two_folders_give_two_results_in_one(home, more):
    sources = [put(home / name) for name in ("x/a.jpg", "y/a.jpg", "y/a.png", "z/a.jpg")]
    made = results(run("x", "y", "z", "-o", "out", *more))
    assert made == [f"out/a-{way}-color.png" for way in ("jpg", "jpg-2", "png", "jpg-3")]
    for result, source in zip(made, sources, strict=True):
        assert_made_from(result, source)


def test_names_that_look_like_the_way_out_are_no_way_in(home):
    sources = [put(home / n) for n in ("a.jpg", "a.png", "a-jpg.png", "a-png-color.png", "b.jpg")]
    sources += [put(home / "a-jpg-color.png")]
    for _ in range(2):
        made = results(run(".", "--overwrite"))
        assert len(made) == len(sources) and not {*map(str, sources)} & {*made}
    assert len(names(home)) == 2 * len(sources)
    originals = {source.name: images.mark_of(source) for source in sources}
    assert set(originals.values()) == {None}


def test_random_batches_never_share_a_name(home):
    random = np.random.default_rng(0)
    parts = (["a", "A", "a-jpg", "a-color", "é", "e\u0301"], ["jpg", "png", "JPG", "tif", "jpg-2"])
    for _ in range(20):
        chosen = {".".join(map(random.choice, parts)) for _ in range(12)}
        given = [home / random.choice(["x", "y"]) / name for name in sorted(chosen)]
        for output in (None, home / "out"):
            jobs = plan(given, output, recursive=False, overwrite=True).jobs
            assert [source for source, _ in jobs] == given
            used = [str(path).casefold() for pair in jobs for path in pair]
            assert len({target for _, target in jobs}) == len(jobs)
            targets = [str(target).casefold() for _, target in jobs]
            assert len(set(targets)) == len(jobs) and len(used) == 2 * len(jobs)
            assert not {*targets} & {str(source).casefold() for source in given}


def test_another_picture_under_an_old_name_is_colored_anew(home, monkeypatch):
    put(home / "a.jpg"), put(home / "b.jpg")
    results(run("."))
    stamp = (home / "a.jpg").stat()
    put(home / "a.jpg")
    os.utime("a.jpg", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # time tells nothing
    result = run(".")
    assert results(result) == ["a-color.png"] and "1 photograph changed" in result.stderr
    assert_made_from("a-color.png", "a.jpg")
    no_work(monkeypatch)
    assert results(run(".")) == []


def test_a_result_of_an_earlier_version_counts_as_done(home, monkeypatch):
    """Its mark says nothing of the content."""
    put(home / "a.jpg")
    results(run("."))
    with Image.open("a-color.png") as colored:
        texts = PngImagePlugin.PngInfo()
        for key in ("Software", "HueLab-Source"):
            texts.add_text(key, colored.info[key])
        colored.save("a-color.png", pnginfo=texts)
    put(home / "a.jpg")
    no_work(monkeypatch)
    result = run(".")
    assert results(result) == [] and "1 photograph already had a result" in result.stderr


def test_a_source_that_is_gone_is_not_called_done(home):
    put(home / "a.jpg")
    results(run("a.jpg"))
    (home / "a.jpg").unlink()
    result = run("a.jpg")
    assert results(result, 1) == [] and "a.jpg: No such file or directory" in result.stderr


def test_names_that_differ_by_case_keep_their_results(home, monkeypatch):
    put(home / "A.JPG"), put(home / "a.jpg"), put(home / "a.JPG")
    made = results(run("."))
    assert made == ["A-JPG-color.png", "a-JPG-2-color.png", "a-jpg-3-color.png"]
    no_work(monkeypatch)
    for given in (["."], ["a.jpg", "a.JPG", "A.JPG"], ["a.jpg"], ["a.JPG"], ["A.JPG"]):
        assert results(run(*given)) == []
    assert names(home) == {"A.JPG", "a.jpg", "a.JPG", *made}


def test_a_photograph_named_twice_is_colored_once(home):
    put(home / "in" / "a.jpg")
    (home / "link").symlink_to(home / "in")
    assert results(run("in/a.jpg", "in", "link", "in/../in/a.jpg")) == ["in/a-color.png"]


def test_a_file_of_somebody_else_is_not_replaced_without_being_asked(home, monkeypatch):
    put(home / "a.jpg")
    (home / "a-color.png").write_text("a letter")
    with monkeypatch.context() as patch:
        patch.setattr(images, "read", None)  # seen before any work
        result = run("a.jpg")
    assert results(result, 1) == []
    assert "a-color.png: exists, and HueLab did not make it" in result.stderr
    assert (home / "a-color.png").read_text() == "a letter"
    assert results(run("a.jpg", "--overwrite")) == ["a-color.png"]
    (home / "b.jpg").write_bytes((home / "a.jpg").read_bytes())
    (home / "b-color.png").symlink_to("b.jpg")
    assert results(run("b.jpg", "--overwrite"), 1) == []
    assert (home / "b.jpg").read_bytes() == (home / "a.jpg").read_bytes()


def test_originals_with_the_name_of_a_result_are_colored(home):
    """And nothing replaces them: what HueLab made is known by its mark, not by its name."""
    put(home / "a.jpg"), put(home / "b-color.jpg")
    before = put(home / "a-color.png").read_bytes()
    made = ["a-color-color.png", "a-jpg-color.png", "b-color-color.png"]
    assert results(run(".", "--overwrite")) == made
    assert (home / "a-color.png").read_bytes() == before
    assert results(run(".")) == []
    os.rename("b-color-color.png", "renamed.png")
    result = run("renamed.png")
    assert results(result) == [] and "1 file that HueLab made was left out." in result.stderr


def test_hidden_files_and_folders_are_no_photographs(home):
    put(home / "a.jpg"), put(home / "in" / "b.jpg"), put(home / ".git" / "c.jpg")
    for name in ("._a.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", "in/._b.jpg", "notes.txt"):
        (home / name).write_bytes(b"Mac OS X")
    result = run(".", "-r")
    assert results(result) == ["a-color.png", "in/b-color.png"]
    said = "1 file was left out because its ending is not that of pictures that HueLab reads."
    assert said in result.stderr
    (home / "only").mkdir()
    (home / "only" / "._a.jpg").touch()
    assert run("only").exit_code == 2


def test_files_with_other_endings_are_counted(home):
    put(home / "a.jpg")
    for name in ("b.cr2", "c.nef", "d"):
        (home / name).touch()
    said = "3 files were left out because their endings are not those of pictures"
    assert said in run(".").stderr
    assert said in run(".").stderr  # also when nothing is to do
    (home / "a.jpg").unlink(), (home / "a-color.png").unlink()
    result = run(home)
    assert result.exit_code == 2
    words = " ".join(result.stderr.replace("│", " ").split())
    assert "HueLab finds no pictures in this folder." in words and said in words


def test_limits_are_options(home):
    put(home / "a.jpg")
    Image.new("L", (30, 20), 90).save("b.jpg", progressive=True)
    for words, name in (("--max-pixels", "599"), ("--max-pixels", "600")):
        result = run("a.jpg", words, name)
        assert results(result, int(name == "599")) == ["a-color.png"] * (name == "600")
    assert "--max-pixels takes a higher limit" in run("b.jpg", "--max-pixels", "9").stderr
    result = run("b.jpg", "--max-scans", "1")
    assert results(result, 1) == [] and "--max-scans takes a higher limit" in result.stderr
    assert results(run("b.jpg", "--max-scans", "100")) == ["b-color.png"]
    defaults = {name: p.default for name, p in signature(colorize).parameters.items()}
    assert defaults["max_pixels"] == MAX_PIXELS and defaults["max_scans"] == MAX_SCANS


def test_help_says_what_is_read_and_how_it_ends():
    said = CliRunner().invoke(app, ["colorize", "--help"], terminal_width=300).stdout
    assert "plausible" in said and "130 after Ctrl-C" in said
    assert "{FILES}..." in said  # as in messages
    for form in readable():
        spelled = {"WEBP": "WebP", "JPEG2000": "JPEG 2000", "MPO": "JPEG", "HEIF": "HEIC"}.get(
            form, form
        )
        assert spelled in said


def test_folders_in_folders_wait_to_be_asked_for(home):
    for name in ("a.jpg", "x/a.jpg", "x/y/a.jpg"):
        put(home / "in" / name)
    result = run("in", "-o", "out")
    assert results(result) == ["out/a-color.png"]
    assert "1 subfolder was left out; use --recursive to include it." in result.stderr
    made = ["out/x/a-color.png", "out/x/y/a-color.png"]
    assert results(run("in", "-o", "out", "--recursive")) == made
    assert_made_from(made[1], "in/x/y/a.jpg")
    (home / "empty" / "below").mkdir(parents=True)
    assert "--recursive" in run("empty").stderr
    # Results in a folder that is itself looked into are not taken for photographs.
    assert len(results(run("in", "-o", "in/out", "-r"))) == 3
    assert results(run("in", "-o", "in/out", "-r")) == []


@pytest.mark.parametrize("words", [[""], ["  "], ["a\0b"], ["a.jpg", "-o", ""], ["empty"]])
def test_what_names_no_photograph_is_wrong_usage(home, words):
    (home / "empty").mkdir()
    assert run(*words).exit_code == 2


def test_a_name_that_is_not_utf_8(home):
    latin = home / os.fsdecode(b"caf\xe9.jpg")
    put(home / "a.jpg").rename(latin)
    put(home / "line\nbreak.jpg"), put(home / "z.jpg")
    result = run(".")
    assert len(results(result)) == 3
    # A program that reads the names opens the files by them.
    first, *more = result.stdout_bytes.splitlines()
    assert first == b"caf\xe9-color.png" and os.path.isfile(first)
    made = ["line\\nbreak-color.png", "z-color.png"]
    assert [os.fsdecode(name) for name in more] == made
    latin.write_bytes(b"damaged")
    result = run(".", "--overwrite")
    assert results(result, 1) == made
    assert len(result.stderr.splitlines()) == 2 and "caf\\udce9.jpg: " in result.stderr


def test_a_terminal_that_lacks_a_letter(home, monkeypatch):
    monkeypatch.setattr(
        "typer.testing._NamedTextIOWrapper.isatty", lambda stream: stream.name == "<stdout>"
    )
    latin = home / os.fsdecode(b"caf\xe9.jpg")
    put(home / "a.jpg").rename(latin)
    assert results(run(latin.name)) == ["caf\\udce9-color.png"]
    latin.unlink()
    put(home / "日.jpg")
    assert results(run(".", charset="latin-1")) == ["\\u65e5-color.png"]
    assert (home / "日-color.png").is_file()


def too_large(*arguments, **options):
    torch.empty(1 << 50)


def out_of_memory(*arguments, **options):
    raise MemoryError


def puzzled(*arguments, **options):
    raise IndexError("nobody thought of that")


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        (too_large, "b.jpg: not enough memory"),
        (out_of_memory, "b.jpg: not enough memory"),
        (puzzled, "b.jpg: IndexError: nobody thought of that"),
    ],
)
def test_one_photograph_that_is_too_much_costs_no_other(home, monkeypatch, failing, said):
    """With PyTorch's own message, from PyTorch."""
    for name in "abc":
        put(home / f"{name}.jpg")
    colorize = photo.colorize

    def fail_at_b(source, **options):
        return (failing if source.name == "b.jpg" else colorize)(source, **options)

    monkeypatch.setattr(photo, "colorize", fail_at_b)
    result = run(".")
    assert results(result, 1) == ["a-color.png", "c-color.png"]
    assert result.stderr.splitlines()[0] == f"huelab: {said}"


def long_name(home):
    put(home / "x" / ("é" * 123 + ".jpg"))
    return "File name too long"


def much_too_long(home):
    return "File name too long", "x" * 300 + ".jpg"


def no_file(home):
    return "absent/a.jpg: No such file or directory", "absent/a.jpg"


def dangling(home):
    (home / "x" / "a.jpg").symlink_to("nowhere")
    return "a.jpg: No such file or directory"


def pipe(home):
    os.mkfifo(home / "x" / "a.jpg")
    return "a.jpg: is not an ordinary file"


def damaged(home):
    (home / "x" / "a.jpg").write_bytes(b"no picture")
    return "a.jpg: this is not a picture that HueLab can read. It reads PNG, JPEG,"


def folder_in_the_way(home):
    (home / "x" / "a-color.png").mkdir()
    return "a-color.png: exists", put(home / "x" / "a.jpg")


@pytest.mark.parametrize(
    "wrong", [long_name, much_too_long, no_file, dangling, pipe, damaged, folder_in_the_way]
)
def test_one_source_that_cannot_be_colored_is_one_line(home, wrong):
    put(home / "x" / "z.jpg")
    said = wrong(home)
    said, *more = (said,) if isinstance(said, str) else said
    result = run(*more, "x")
    assert results(result, 1) == ["x/z-color.png"]
    lines = result.stderr.splitlines()
    assert said in lines[0] and "1 failed" in lines[-1] and len(lines) == 2
    assert not (home / "absent").exists()


def test_a_folder_that_cannot_be_read_is_one_line(home, monkeypatch):
    """As its superuser would not meet it."""
    put(home / "x" / "a.jpg"), put(home / "y" / "b.jpg")
    scandir = os.scandir

    def denied(folder):
        if os.fspath(folder).endswith("x"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", denied)
    result = run("x", "y")
    assert results(result, 1) == ["y/b-color.png"]
    assert "x: Permission denied" in result.stderr


def test_a_folder_that_cannot_be_written_to_is_seen_before_any_work(home, monkeypatch):
    put(home / "x" / "a.jpg"), put(home / "y" / "b.jpg")
    monkeypatch.setattr(os, "access", lambda folder, mode: os.fspath(folder) != "x")
    result = run("x", "y")
    assert results(result, 1) == ["y/b-color.png"]
    assert "x: Permission denied; --output names another folder" in result.stderr


def test_linked_folders_are_counted(home):
    put(home / "in" / "a.jpg"), put(home / "elsewhere" / "b.jpg")
    (home / "in" / "album").symlink_to(home / "elsewhere", target_is_directory=True)
    (home / "in" / "round").symlink_to(home / "in", target_is_directory=True)
    result = run("in", "-r")
    assert results(result) == ["in/a-color.png"]
    said = "2 linked subfolders were left out; name a linked folder itself to include it."
    assert said in result.stderr
    assert results(run("in/album")) == ["in/album/b-color.png"]


@pytest.mark.parametrize("name", ["photo.png", "new/film.MP4"])
def test_an_output_that_is_named_like_a_file(home, name):
    put(home / "a.jpg")
    result = run("a.jpg", "-o", name)
    assert result.exit_code == 2 and "is the name of a file" in result.output
    assert names(home) == {"a.jpg"}
    (home / name).mkdir(parents=True)
    assert results(run("a.jpg", "-o", name)) == [f"{name}/a-color.png"]


def test_failures_among_many_are_said_again_at_the_end(home):
    for index in range(25):
        put(home / f"{index:02}.png")
    (home / "03.png").write_bytes(b"no picture")
    result = run(".")
    assert len(results(result, 1)) == 24
    *_, failure, summary = result.stderr.splitlines()
    assert "03.png: this is not a picture" in failure
    assert summary == "huelab: 24 photographs were colored. 1 failed."


def test_an_output_that_is_a_file(home):
    put(home / "in" / "a.jpg"), put(home / "in" / "x" / "b.jpg")
    (home / "file").touch()
    assert run("in", "-o", "file").exit_code == 2
    result = run("in", "-o", "file/below")
    assert results(result, 1) == [] and "Not a directory" in result.stderr
    (home / "out").mkdir()
    (home / "out" / "x").touch()
    result = run("in", "-o", "out", "-r")
    assert results(result, 1) == ["out/a-color.png"]
    assert len(result.stderr.splitlines()) == 2


def test_a_source_that_is_removed_meanwhile(home, monkeypatch):
    for name in "abc":
        put(home / f"{name}.jpg")
    colorize = photo.colorize

    def remove_b(source, **options):
        (home / "b.jpg").unlink(missing_ok=True)
        return colorize(source, **options)

    monkeypatch.setattr(photo, "colorize", remove_b)
    result = run(".")
    assert results(result, 1) == ["a-color.png", "c-color.png"]
    assert "b.jpg: No such file" in result.stderr


def test_a_result_that_another_process_makes_meanwhile(home, monkeypatch):
    put(home / "a.jpg"), put(home / "b.jpg")
    colorize = photo.colorize

    def meanwhile(source, **options):
        (home / "b-color.png").write_text("a letter")
        monkeypatch.setattr(photo, "colorize", colorize)
        photo.colorize_file("a.jpg", "a-color.png", method=WARM)
        return colorize(source, **options)

    monkeypatch.setattr(photo, "colorize", meanwhile)
    result = run(".")
    assert results(result, 1) == []
    assert "1 photograph already had a result" in result.stderr
    assert "b-color.png: the file exists" in result.stderr
    assert_made_from("a-color.png", "a.jpg")
    assert (home / "b-color.png").read_text() == "a letter"


def test_what_a_killed_call_left_is_removed_by_the_next(home):
    put(home / "in" / "a.jpg")
    left, other = ".a-color.png.0123456789ab.tmp", ".notes.txt.0123456789ab.tmp"
    for folder, name in (("in", left), ("in", other), ("out", left)):
        put(home / folder / "x.jpg").rename(home / folder / name)
    results(run("in", "-o", "out"))
    assert names(home / "out") == {"a-color.png"} and left in names(home / "in")
    results(run("in"))
    assert names(home / "in") == {"a.jpg", "a-color.png", other}


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_an_interrupted_call_says_how_far_it_came(home, monkeypatch, more):
    for name in "abc":
        put(home / f"{name}.jpg")
    colorize = photo.colorize

    def stop_at_b(source, **options):
        if source.name == "b.jpg":
            raise KeyboardInterrupt
        return colorize(source, **options)

    with monkeypatch.context() as patch:
        patch.setattr(photo, "colorize", stop_at_b)
        result = run(".", *more)
    assert results(result, 130) == ["a-color.png"]
    (line,) = result.stderr.splitlines()
    assert "1 of 3 photographs are done. Run the same command again to color the others" in line
    assert ("with --overwrite it starts from the beginning" in line) == bool(more)
    assert results(run(".")) == ["b-color.png", "c-color.png"]


def test_what_is_left_out_of_a_file_is_said_in_one_line(home):
    frames = [Image.new("L", (30, 20), level) for level in (60, 120, 180)]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    put(home / "plain.gif")
    result = run("moving.gif", "plain.gif")
    assert len(results(result)) == 2
    (line,) = [line for line in result.stderr.splitlines() if ".gif" in line]
    assert line.startswith("huelab: moving.gif: ") and "first" in line


def test_colors_that_were_there_are_said_but_no_tone(home):
    """Real photographs of scikit-image, in color, in gray, and as a sepia scan saved badly."""
    for name in ("astronaut", "chelsea"):
        color = Image.fromarray(getattr(data, name)())
        gray = color.convert("L")
        color.save(f"{name}.jpg")
        gray.save(f"{name}-gray.jpg")
        sepia = ImageOps.colorize(gray, (40, 20, 0), (255, 240, 200), mid=(160, 120, 80))
        sepia.save(f"{name}-sepia.jpg", quality=25)
    said = run(".").stderr.splitlines()
    lines = [line for line in said if "already has colors" in line]
    assert [line.split(": ")[1] for line in lines] == ["astronaut.jpg", "chelsea.jpg"]


def test_a_name_with_a_dash_is_told_from_an_option(home):
    put(home / "-dash.png")
    result = run("-dash.png")
    assert result.exit_code == 2
    assert "goes after --: -- -dash.png" in " ".join(result.stderr.replace("│", " ").split())
    assert "goes after" not in run("-other.png").stderr
    assert results(run("--", "-dash.png")) == ["-dash-color.png"]


def test_an_unknown_model_is_refused_although_nothing_is_left_to_color(home):
    put(home / "a.png")
    assert run("a.png").exit_code == 0
    assert run("a.png").exit_code == 0
    for option, said in (("--model", "no weights 'nosuch'"), ("--recipe", "no recipe 'nosuch'")):
        result = run("a.png", option, "nosuch")
        assert result.exit_code == 1 and said in result.stderr
    assert "already had a result" in run("a.png", "--model", "first").stderr


def test_transparent_parts_are_said(home):
    Image.new("LA", (30, 20), (90, 200)).save("a.png")
    Image.new("LA", (30, 20), (90, 255)).save("b.png")
    said = [line for line in run(".").stderr.splitlines() if "transparent" in line]
    (line,) = said
    assert line.startswith("huelab: a.png: ") and "filled with white" in line


def test_many_photographs_are_counted(home):
    for index in range(30):
        put(home / f"{index}.png")
    result = run(".")
    assert len(results(result)) == 30
    *lines, last = result.stderr.splitlines()
    for tenth, line in zip(range(1, 10), lines, strict=True):
        assert re.fullmatch(rf"huelab: {3 * tenth} of 30 are done, \d+:\d\d:\d\d left", line)
    assert last == "huelab: 30 photographs were colored."


def test_the_time_that_is_left_is_that_of_the_steps_so_far(monkeypatch, capsys):
    clock = [100.0]
    monkeypatch.setattr("huelab.cli.progress.time.monotonic", lambda: clock[0])
    with progress(20) as step:
        for _ in range(10):
            clock[0] += 60
            step()
    assert capsys.readouterr().err.splitlines()[-1] == "huelab: 10 of 20 are done, 0:10:00 left"


def test_a_terminal_has_a_bar_and_a_pipe_no_trace_of_it(monkeypatch, capsys):
    master, slave = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with progress(3) as step:
            for name in ("one", "two", "three"):
                print(name)
                step()
    drawn = ""
    with contextlib.suppress(OSError):  # the end, of a terminal
        while piece := os.read(master, 1000):
            drawn += piece.decode(errors="replace")
    assert "3/3" in drawn and "one" not in drawn
    assert capsys.readouterr().out.split() == ["one", "two", "three"]
    os.close(master)


def test_recipes_without_weights_are_told_apart(home):
    put(home / "a.jpg")
    for name, said in (("nope", "there is no recipe 'nope'"), ("gray-copy-kodak24", "no weights")):
        result = run("a.jpg", "--recipe", name)
        assert results(result, 1) == [] and said in result.stderr
        assert "huelab reproduce" not in result.stderr


def test_the_colors_are_those_of_the_chosen_weights(tmp_path, monkeypatch):
    put(tmp_path / "one.png")
    models = {"cold": MeanColor(torch.tensor([0.0, -30.0])), "warm": MeanColor(torch.ones(2) * 20)}
    monkeypatch.setattr(shipped, "load", lambda name: models[name])
    monkeypatch.setattr(shipped, "check", lambda name: models[name])
    newest = {"first": models["warm"]}
    monkeypatch.setattr(trained, "newest", lambda recipe, damaged: newest[recipe])
    means = []
    for words in (["--model", "cold"], ["--recipe", "first"]):
        assert run(tmp_path / "one.png", "--overwrite", *words).exit_code == 0
        means.append(rgb2lab(images.read(tmp_path / "one-color.png"))[..., 2].mean())
    assert means[0] == pytest.approx(-30, abs=2) and means[1] == pytest.approx(20, abs=2)
