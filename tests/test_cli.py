"""The command line as its users meet it: what it prints, where, and with which exit status."""

import os
import shutil
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

from huelab import images, records
from huelab.cli.main import app, main
from huelab.methods.baselines import Sepia
from huelab.recipes import RECIPES
from huelab.records.provenance import source_root

THREADS = torch.get_num_threads()


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("HUELAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUELAB_RESULTS", str(tmp_path / "results"))
    return tmp_path


@pytest.fixture
def gray(tmp_path):
    path = tmp_path / "gray.png"
    images.write(path, np.full((20, 30, 3), 120, np.uint8))
    return path


def run(*arguments):
    return CliRunner().invoke(app, [str(word) for word in arguments])


def run_main(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["huelab", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


def assert_reported(result, *statuses):
    """It ended with one of the statuses and said why in words, not with a traceback."""
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in statuses, result.output
    said = result.stderr.strip().splitlines()
    assert "Traceback" not in result.stderr
    if result.exit_code == 1:
        assert said[-1].startswith("huelab: ") and len(said[-1]) > 12
    else:
        # An option without its value is told without the usage.
        assert said[0].startswith("Usage: ") or "Error" in said[0]


def commands(group=None, path=()):
    """Each command of the program with the words that call it, and its parameters."""
    for name, command in (group or get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


HUGE = "99999999999999999999999"
# Each option and argument with a value that is none.
WRONG = [
    "colour",
    "colorize",
    "colorize absent.png",
    "colorize gray.png --output gray.png",
    "colorize gray.png --model second",
    "colorize gray.png --recipe second",
    "colorize gray.png --size 15",
    "colorize gray.png --max-pixels 0",
    "colorize gray.png --max-scans 0",
    "colorize gray.png --format bmp",
    "colorize gray.png --format jpg --quality 0",
    "colorize gray.png --format tif --quality 90",
    "colorize gray.png --strength 2",
    "colorize gray.png --strength nan",
    "colorize gray.png --vivid -1",
    "colorize gray.png --vivid 1 --model first",
    "colorize gray.png --hints absent.png",
    "colorize gray.png --hints gray.png",
    "colorize . --hints gray.png",
    "colorize gray.png --reference absent.png",
    "colorize gray.png --engine abacus",
    "colorize gray.png -",
    "colorize - --output out",
    "export",
    "export second",
    "export first --output .",
    "export second --recipe",
    "reproduce",
    "reproduce second",
    "reproduce tiny --missing",
    "reproduce tiny --all",
    "reproduce tiny --profile nonsense",
    "reproduce first --profile reduced",
    "reproduce tiny --seeds a,b",
    f"reproduce tiny --seeds {HUGE}",
    "reproduce tiny --device abacus",
    "reproduce tiny --device meta",
    "reproduce tiny --max-minutes -1",
    "reproduce tiny --max-minutes nan",
    "reproduce tiny --budget nan",
    "reproduce tiny --jobs 0",
    "reproduce tiny --jobs 2 --devices 2",
    "reproduce tiny --verify --jobs 2",
    "reproduce tiny --log reruns.csv",
    "reproduce tiny --verify --log .",
    "reproduce tiny --devices 0",
    "reproduce tiny --num-nodes 0",
    "reproduce tiny --strategy foo",
    "ledger --paper 099",
    "ledger --kind nonsense",
    "ledger --status nonsense",
    "ledger --html absent/claims.html",
    "tables --profile nonsense",
    "doctor --verbose",
    "list data all",
    "list recipes all",
    "list weights all",
    "data fetch",
    "data fetch imagnet",
    "data fetch imagnet --near",
    "data film gray.png",
    "data film gray.png --out",
    "data film absent.mp4 --out x --threshold nan",
    "data film absent.mp4 --out x --threshold 2",
    "data film absent.mp4 --out x --every -1",
    "data film absent.mp4 --out x --size 0",
    "data film absent.mp4 --out x --split frames",
    "data film absent.mp4 --out x --seed a",
    "bench colour",
    "bench color --pictures 0",
    "bench color --size 7",
    "bench color --rounds 0",
    "bench color --threads 0",
    "bench color --device abacus",
    "bench color --device meta",
    "bench batches --pictures 31",
    "bench batches --size 31",
    "bench batches --workers -1",
    "bench batches --rounds 0",
    "bench batches --device cuda:99",
    "bench steps --network alexnet",
    "bench steps --batch 0",
    "bench steps --steps 0",
    "bench steps --rounds 0",
    "bench steps --device meta",
    "bench together --network alexnet",
    "bench together --most 3",
    "bench together --rounds 0",
    "bench together --device meta",
    "bench film",
    "bench film gray.png --model second",
    "bench film gray.png --size 15",
    "serve --port -1",
    "serve --auth nobody",
    "serve --max-megabytes 0",
    "serve --max-megapixels 0",
    "serve --max-waiting 0",
    "serve --max-seconds 0",
    "serve --max-memory 0",
    "serve --max-minutes 0",
    "bench methods --width 63",
    "bench methods --height 63",
    "bench methods --size 15",
    "bench methods --rounds 0",
    "bench methods --threads 0",
    "bench photograph --width 255",
    "bench photograph --height 255",
    "bench photograph --rounds 0",
    "bench photograph --threads 0",
    "bench photograph --network huenot",
    "bench start --rounds 0",
    "bench chapters --rounds 1",
]


@pytest.mark.parametrize("words", WRONG)
def test_wrong_values_are_reported(own_places, gray, tiny, monkeypatch, words):
    monkeypatch.chdir(own_places)
    assert_reported(run(*words.split()), 1, 2)
    assert records.find() == []


def test_each_option_has_been_given_a_wrong_value():
    flags = {"--help", "--overwrite", "--recursive", "--record", "--compile", "--verify"}
    flags |= {"--side-by-side", "--keep-tint", "--smooth"}
    flags |= {"--host"}  # which addresses there are, only the machine knows
    given = [words.split() for words in WRONG]
    for path, command in commands():
        own = [words[len(path) :] for words in given if tuple(words[: len(path)]) == path]
        options = {p.opts[0] for p in command.params if p.param_type_name == "option"}
        for option in options - flags:
            assert any(option in words for words in own), (path, option)


AWKWARD = ["", "absent/file", HUGE, "nan", "-1", ".", "gray.png"]
# Where any of these is wrong, or harmless, at the end of the line.
ENDS = [
    "colorize --output out",
    "colorize gray.png --model",
    "colorize gray.png --recipe",
    "colorize gray.png --size",
    "colorize gray.png --max-pixels",
    "colorize gray.png --max-scans",
    "colorize gray.png --format",
    "colorize gray.png --quality",
    "colorize gray.png --strength",
    "colorize gray.png --hints",
    "colorize gray.png --reference",
    "reproduce",
    "reproduce tiny --profile",
    "reproduce tiny --seeds",
    "reproduce tiny --device",
    "reproduce tiny --strategy",
    "reproduce tiny --max-minutes",
    "reproduce tiny --budget",
    "reproduce tiny --jobs",
    "reproduce tiny --num-nodes",
    "ledger --paper",
    "ledger --status",
    "tables --profile",
    "data fetch",
    "bench color --pictures",
    "bench color --size",
    "bench color --rounds",
    "bench color --threads",
    "bench color --device",
    "bench batches --workers",
    "bench steps --network",
    "bench steps --batch",
    "bench steps --steps",
    "bench photograph --width",
    "bench photograph --threads",
    "bench photograph --network",
    "bench start --rounds",
]


@pytest.mark.parametrize("words", ENDS)
@pytest.mark.parametrize("value", AWKWARD)
def test_no_value_ends_in_a_traceback(own_places, gray, tiny, monkeypatch, words, value):
    monkeypatch.chdir(own_places)
    runs = ("reproduce tiny --max-minutes", HUGE), ("reproduce tiny --budget", HUGE)
    runs += (("data fetch", "."), ("colorize gray.png --reference", "gray.png"))
    result = run(*words.split(), value)
    if (words, value) in runs or (words.startswith("colorize --") and value in (".", "gray.png")):
        assert result.exit_code == 0, result.output
    else:
        assert_reported(result, 1, 2)


@pytest.mark.parametrize("value", AWKWARD)
@pytest.mark.parametrize("words", ["colorize gray.png --output", "ledger --html"])
def test_no_path_ends_in_a_traceback(own_places, gray, monkeypatch, words, value):
    monkeypatch.chdir(own_places)
    result = run(*words.split(), value)
    if result.exit_code:
        assert_reported(result, 1, 2)
        assert value in ("", "absent/file", ".", "gray.png")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["data", "fetch", "imagnet"], "there is no data set 'imagnet'"),
        (
            ["reproduce", "frist"],
            "there is no recipe 'frist'; did you mean 'first'? `huelab list recipes` lists",
        ),
        (["reproduce", "first", "--profile", "fast"], "no profile 'fast'"),
        (["reproduce", "first", "--profile", "full"], "photos_open"),
        (["colorize", "absent.jpg"], "absent.jpg: No such file or directory"),
        (["colorize", "x.jpg", "--model", "second"], "no weights 'second' ship with huelab"),
    ],
)
def test_what_cannot_be_done_is_1_and_one_line(monkeypatch, capsys, words, said):
    assert run_main(monkeypatch, *words) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("huelab: ")
    assert said in last


# Each option with a value that is right; what takes long is replaced, see `quick`.
RIGHT = [
    "colorize gray.png",
    "colorize gray.png --output out --model first --size 16 --recursive --overwrite",
    "colorize gray.png --max-pixels 1000000 --max-scans 9 --engine local --no-smooth",
    "colorize gray.png -o out --recipe tiny",
    "colorize gray.png --format jpg --quality 80 --side-by-side --keep-tint",
    "colorize gray.png --vivid 0.5",
    "colorize gray.png --strength 0.5 --hints hints.png --reference gray.png",
    "export tiny --recipe --output tiny.onnx --overwrite",
    "reproduce tiny",
    "reproduce tiny --profile full --seeds 0,2 --device cpu --max-minutes 0.5",
    "reproduce tiny --devices 1 --num-nodes 1 --strategy auto",
    "reproduce tiny --jobs 1 --budget 5",
    "reproduce tiny --verify",
    "reproduce tiny --verify --log reruns.csv",
    "reproduce --all --profile quick --seeds 3",
    "reproduce --missing --profile quick",
    "ledger --paper 000 --kind architecture --status holds",
    "ledger --html claims.html",
    "tables",
    "tables --profile reduced",
    "doctor",
    "list data",
    "list recipes",
    "list weights",
    "data fetch kodak24 --near",
    "data film gray.png --out x --threshold 0.1 --every 1 --size 8 --split train --seed 1",
    # As many threads as there are already: the number is kept by all that follows.
    f"bench color --pictures 2 --size 16 --rounds 1 --device cpu --threads {THREADS} --no-record",
    "bench color --pictures 2 --size 16 --rounds 1 --device cpu --compile --no-record",
    "bench batches --pictures 32 --size 32 --workers 0 --rounds 1 --device auto --no-record",
    "bench steps --network autoencoder --batch 2 --steps 1 --rounds 1 --device cpu --no-record",
    "bench together --network autoencoder --most 2 --rounds 1 --device cpu --no-record",
    "bench film gray.png --model first --size 64 --no-record",
    "serve --host ::1 --port 0 --auth me:secret --max-megabytes 1 --max-megapixels 1 "
    "--max-waiting 1 --max-seconds 1 --max-memory 1 --max-minutes 1",
    "bench photograph --width 256 --height 256 --rounds 1 --threads 1 --network huenet --no-record",
    "bench methods --width 64 --height 64 --size 16 --rounds 1 --threads 1 --no-record",
    "bench start --rounds 1 --record",
    "bench chapters --record",
]


@pytest.fixture
def quick(monkeypatch, tiny):
    """What the tests of other files run is only called here; yields the calls."""
    from huelab import data, reproduce
    from huelab.apply import export
    from huelab.bench import chapters, film, methods, photograph, start
    from huelab.methods import trained
    from huelab.page import server

    calls = []

    def stand_in(module, name, answer):
        def called(*arguments, **options):
            calls.append((name, *arguments, options))
            return answer

        monkeypatch.setattr(module, name, called)

    made = SimpleNamespace(id="tiny--quick--0--12345678", status="complete", metrics=[])
    cost = start.StartCost(seconds=1.0, cpu_seconds=2.0, peak_mb=3.0)
    stand_in(reproduce, "reproduce", made)
    data_used = records.DataUsed(train=records.DataSpec(name="embedded"))
    record = records.new_record("tiny", profile="full", config={}, data=data_used, device="cpu")
    stand_in(reproduce, "rerun", (record, record))
    stand_in(data, "fetch", "there")
    stand_in(start, "measure", cost)
    stand_in(trained, "newest", Sepia())
    stand_in(export, "export_onnx", Path("tiny.onnx"))
    stand_in(chapters, "chapter_files", [])
    stand_in(film, "bench_film", ({}, 0, "0" * 64))
    stand_in(server, "serve", None)
    stand_in(methods, "bench_methods", [methods.MethodCost("tiny", "full", (3.0, 1.0), 2.0, 4.0)])
    stand_in(photograph, "bench_photograph", ([photograph.PhotographCost("a", 1, 2)], "0" * 64))
    monkeypatch.setattr(torch, "compile", lambda function, **options: function)
    return calls


@pytest.mark.parametrize("words", RIGHT)
def test_right_values_are_taken(own_places, gray, quick, monkeypatch, words):
    monkeypatch.chdir(own_places)
    hints = Image.new("RGBA", (30, 20))
    hints.paste((200, 90, 90, 255), (5, 5, 9, 9))
    hints.save("hints.png")
    if words.startswith("reproduce --"):  # all recipes, of which one will do
        monkeypatch.setattr("huelab.recipes.RECIPES", {"tiny": RECIPES["tiny"]})
    result = run(*words.split())
    assert result.exit_code == 0, result.output


def test_each_option_has_been_given_a_right_value():
    given = [words.split() for words in RIGHT]
    for path, command in commands():
        own = [words[len(path) :] for words in given if tuple(words[: len(path)]) == path]
        for option in (p for p in command.params if p.param_type_name == "option"):
            names = {*option.opts, *option.secondary_opts}
            assert any(names & set(words) for words in own), (path, option.opts)


def test_options_reach_what_they_are_for(own_places, quick):
    run("reproduce", "tiny", "--profile", "full", "--seeds", "0,2", "--device", "cpu")
    assert [call[2]["seed"] for call in quick] == [0, 2]
    assert {call[2]["profile"] for call in quick} == {"full"}
    assert {call[2]["device"] for call in quick} == {"cpu"}
    quick.clear()
    run("data", "fetch", "kodak24", "--near")
    assert quick == [("fetch", "kodak24", {"near": True})]
    run("bench", "start", "--rounds", "3")
    (record,) = records.find("bench-start")
    assert record.profile == "reduced"
    assert records.value(record, "cpu_seconds: huelab --help") == 2.0
    quick.clear()
    run("bench", "methods", "--width", "64", "--rounds", "2")
    size = {"size": 256, "rounds": 2, "threads": 2}
    assert quick == [("bench_methods", 64, 800, size)]
    (record,) = records.find("bench-methods")
    found = {metric.name.removesuffix(": tiny, full"): metric.value for metric in record.metrics}
    quartiles = {"seconds, quartile 1": 1.5, "seconds, quartile 3": 2.5}
    assert found == {"seconds": 2.0, "peak_mb": 2.0, "weights_mb": 4.0} | quartiles
    quick.clear()
    run("bench", "photograph", "--width", "300", "--height", "400", "--threads", "2")
    assert quick == [("bench_photograph", 300, 400, {"rounds": 3, "threads": 2, "network": "vgg"})]


# How many command lines of the test below, and where their random numbers begin.
LINES, SEED = (int(os.environ.get(name, value)) for name, value in (("LINES", 150), ("SEED", 0)))
# Right and wrong for one option or another. None of them names a file outside the test's folder
# that could be written to.
ANY = [
    *(
        "",
        " ",
        "0",
        "1",
        "2",
        "16",
        "-1",
        "0.5",
        HUGE,
        "-" + HUGE,
        "nan",
        "-inf",
        "1e999",
        "0x10",
        "٣",
    ),
    *("-", "--", "-x", "--help", "--recursive", "--overwrite", "--verify", "--missing", "--near"),
    *("gray.png", "folder", ".", "absent.png", "absent/x.png", "/nonexistent/x.html", "pipe.png"),
    *(
        "dangling.png",
        "damaged.jpg",
        "damaged.jpg/below",
        "/dev/full",
        "~",
        "~nobody/x.png",
        "*.png",
    ),
    *(
        "x" * 300,
        "x" * 5000,
        "a\0b",
        "caf\udce9.jpg",
        "é\u202e\n\x1b[31m",
        "%s {0} [bold]",
        "\U0001f3a8",
    ),
    *(
        "tiny",
        "first",
        "second",
        "autoencoders",
        "full",
        "reduced",
        "quick",
        "cpu",
        "meta",
        "cuda:99",
    ),
    *(
        "0,1",
        "1,,2",
        ",",
        "ddp",
        "000",
        "099",
        "inconsistency",
        "holds",
        "kodak24",
        "list",
        "bench",
    ),
]
MANY = ("colorize", "reproduce")
# What would take long is made small where a line does not say how large.
SMALL = {
    "bench color": "--pictures 2 --size 16 --rounds 1 --device cpu --no-record",
    "bench batches": "--pictures 32 --size 32 --workers 0 --rounds 1 --device cpu --no-record",
    "bench steps": "--batch 2 --steps 1 --rounds 1 --device cpu --no-record",
    "bench together": "--network autoencoder --most 2 --rounds 1 --device cpu --no-record",
    "bench film": "--no-record",
}


def any_line(random):
    """A command with some of its options and arguments, and now and then a word too many."""
    # Those that take what people have: files, and lists of runs.
    every = [(path, command, 8 if path[0] in MANY else 1) for path, command in commands()]
    path, command, _ = random.choices(every, [weight for *_, weight in every])[0]
    words = []
    options = [p for p in command.params if p.param_type_name == "option"]
    for option in random.sample(options, min(len(options), random.choice([0, 0, 1, 1, 2, 3]))):
        words += [random.choice(option.opts)]
        words += [] if option.is_flag or random.random() < 0.03 else [random.choice(ANY)]
    small = SMALL.get(" ".join(path), "").split()
    for flag in (word for word in small if word.startswith("--") and word not in words):
        value = small[small.index(flag) + 1 :][:1]
        words = [flag, *(v for v in value if not v.startswith("--")), *words]
    takes = any(p.param_type_name == "argument" for p in command.params)
    own = random.choice([0, 1, 1, 2, 3]) if takes else random.random() < 0.1
    return [*path, *words, *random.choices(ANY, k=own)]


def test_any_words_give_a_result_or_one_line(own_places, gray, quick, monkeypatch):
    monkeypatch.chdir(own_places)
    monkeypatch.setattr("huelab.recipes.RECIPES", {"tiny": RECIPES["tiny"]})
    (own_places / "folder" / "below").mkdir(parents=True)
    (own_places / "damaged.jpg").write_bytes(b"no picture")
    (own_places / "dangling.png").symlink_to("nowhere")
    os.mkfifo(own_places / "pipe.png")
    random, ends = Random(SEED), Counter()
    for _ in range(LINES):
        line = any_line(random)
        print(line)  # seen where it fails
        result = run(*line)
        ends[result.exit_code] += 1
        if result.exit_code:
            assert_reported(result, 1, 2)
        else:
            assert result.exception is None and "Traceback" not in result.output, line
    assert all(ends[code] > LINES / 20 for code in (0, 1, 2)), ends
    print(f"{LINES} command lines from {SEED}: {dict(ends)}")


def interrupt(*arguments, **options):
    raise KeyboardInterrupt


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_an_interrupted_command_is_130(monkeypatch, path):
    program = group = get_command(app)
    for word in path[:-1]:
        group = group.commands[word]
    monkeypatch.setattr(group.commands[path[-1]], "callback", interrupt)
    arguments = {"colorize": ["gray.png"], "fetch": ["kodak24"], "film": ["gray.png", "--out", "x"]}
    arguments |= {"export": ["first"]}
    own = {("bench", "film"): ["gray.png"]}
    arguments = own.get(path, arguments.get(path[-1], []))
    with pytest.raises(SystemExit) as end:
        program.main([*path, *arguments])
    assert end.value.code == 130


def test_coloring_that_is_interrupted_leaves_no_half_a_file(monkeypatch, gray):
    monkeypatch.setattr("os.fsync", interrupt)
    result = run("colorize", gray)
    assert result.exit_code == 130
    assert [path.name for path in gray.parent.iterdir()] == ["gray.png"]


def too_large(*arguments, **options):
    torch.empty(1 << 50)


def exhausted(*arguments, **options):
    raise MemoryError


@pytest.mark.parametrize("failing", [too_large, exhausted])
def test_numbers_that_no_memory_holds_are_one_line(monkeypatch, failing):
    monkeypatch.setattr("huelab.bench.color.bench_color", failing)
    result = run("bench", "color")
    assert_reported(result, 1)
    assert result.stderr.startswith("huelab: this computer has too little memory")


def test_a_profile_of_the_environment_that_is_none_is_one_line(monkeypatch):
    monkeypatch.setenv("HUELAB_PROFILE", "fast")
    monkeypatch.setattr("huelab.bench.chapters.chapter_files", list)
    result = run("bench", "chapters")
    assert_reported(result, 1)
    assert "quick, reduced, full" in result.stderr


def test_a_damaged_record_costs_only_the_runs_of_its_recipe(own_places, quick, monkeypatch):
    other = replace(RECIPES["tiny"], name="other")
    monkeypatch.setattr("huelab.recipes.RECIPES", {"other": other, "tiny": RECIPES["tiny"]})
    (own_places / "results").mkdir()
    (own_places / "results" / "other--quick--0--0123abcd.json").write_text("{")
    result = run("reproduce", "--missing")
    assert result.exit_code == 1
    assert "other--quick--0--0123abcd.json" in result.stderr
    assert [call[1].name for call in quick] == ["tiny"]


def test_help_names_every_command(monkeypatch, capsys):
    assert run_main(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("doctor", "bench", "list", "data", "reproduce"))


def test_doctor_says_where_things_are(own_places):
    result = run("doctor")
    assert result.exit_code == 0
    folded = result.output.replace("\n", "").replace(" ", "")
    for place in ("data", "cache", "results"):
        assert str(own_places / place)[-25:] in folded or str(own_places / place) in result.output
    assert "torch" in result.output and "embedded" in result.output


def test_a_table_on_a_terminal_that_lacks_a_letter(monkeypatch):
    monkeypatch.setenv("HUELAB_RESULTS", str(source_root() / "book" / "results"))
    result = CliRunner(charset="latin-1").invoke(app, ["tables"])
    assert result.exit_code == 0, repr(result.exception)
    assert "\\u0394E00" in result.output


def test_doctor_finds_a_profile_that_is_none(monkeypatch):
    monkeypatch.setenv("HUELAB_PROFILE", "fast")
    result = run("doctor")
    assert result.exit_code == 1
    assert "problem" in result.output


@pytest.mark.parametrize(
    ("folder", "said"),
    [("file", "is a file"), ("file/below", "is a file"), ("/proc/huelab", "cannot be written to")],
)
def test_doctor_finds_a_cache_that_cannot_be_one(own_places, monkeypatch, folder, said):
    if folder.startswith("/proc") and not os.path.isdir("/proc"):
        pytest.skip("only Linux has this folder, which not even root can write to")
    (own_places / "file").touch()
    monkeypatch.setenv("HUELAB_CACHE", str(own_places / folder))
    result = run("doctor")
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "HUELAB_CACHE" in line]
    assert "problem" in line
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_doctor_finds_a_data_folder_that_is_a_file(own_places, monkeypatch, folder):
    (own_places / "file").touch()
    monkeypatch.setenv("HUELAB_DATA", str(own_places / folder))
    result = run("doctor")
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "HUELAB_DATA" in line]
    assert "problem" in line and "is a file" in " ".join(result.output.split())


def test_doctor_finds_a_cache_that_is_a_dangling_link(own_places, monkeypatch):
    (own_places / "link").symlink_to(own_places / "absent")
    monkeypatch.setenv("HUELAB_CACHE", str(own_places / "link"))
    assert run("doctor").exit_code == 1


@pytest.mark.parametrize("words", ["tables", "list weights", "ledger --paper 001"])
def test_a_damaged_record_is_told_of_and_the_others_are_shown(own_places, monkeypatch, words):
    shutil.copytree(source_root() / "book" / "results", own_places / "results")
    monkeypatch.setenv("HUELAB_RESULTS", str(own_places / "results"))
    whole = run(*words.split())
    (own_places / "results" / "other--full--0--0123abcd.json").write_text("{")
    result = run(*words.split())
    assert result.stdout == whole.stdout and result.stdout.count("\n") > 10
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()[len(whole.stderr.splitlines()) :]
    assert line.startswith("huelab: ") and "other--full--0--0123abcd.json" in line


def test_list_data_tells_what_is_here():
    result = run("list", "data")
    assert result.exit_code == 0
    assert "embedded" in result.output
    assert "kodak24" in result.output and "fetch" in result.output


def test_list_recipes_names_each_once():
    result = run("list", "recipes")
    assert result.exit_code == 0
    assert result.output.count("huelab.methods.first:FirstColor") == 1


def test_weights_are_listed_with_where_they_are(monkeypatch, tmp_path):
    (tmp_path / "vgg16-mine.safetensors").touch()
    monkeypatch.setenv("HUELAB_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("HUELAB_RESULTS", str(source_root() / "book" / "results"))
    result = run("list", "weights")
    assert result.exit_code == 0
    assert str(tmp_path / "vgg16-mine.safetensors") in result.output
    assert "first--full--0--" in result.output and "downloaded when needed" in result.output


def test_a_small_bench_is_recorded_as_reduced(monkeypatch):
    import torch

    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    result = run("bench", "color", "--pictures", "2", "--size", "16", "--rounds", "1")
    assert result.exit_code == 0, result.output
    (record,) = records.find("bench-color")
    assert record.config["threads"] == torch.get_num_threads()
    assert record.config["wait_policy"] == "ACTIVE"
    assert record.profile == "reduced"
    assert records.value(record, "ms_per_picture: huelab, uint8 batch", space="sRGB to Lab") > 0
    assert record.data.train.hash


def test_a_small_bench_of_steps_is_recorded_as_reduced():
    result = run("bench", "steps", "--batch", "2", "--steps", "1", "--rounds", "1")
    assert result.exit_code == 0, result.output
    (record,) = records.find("bench-steps")
    assert record.profile == "reduced"
    names = {m.name for m in record.metrics}
    assert {"ms_per_picture: plain float32 loop", "ms_per_picture: bfloat16"} <= names


def test_bench_batches_without_a_record():
    words = ["--pictures", "32", "--size", "32", "--workers", "0", "--rounds", "1", "--no-record"]
    result = run("bench", "batches", *words)
    assert result.exit_code == 0, result.output
    assert "huelab.data.Batches" in result.output
    assert records.find("bench-batches") == []
