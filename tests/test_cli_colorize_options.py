"""The options of `huelab colorize`, on files of each kind; read with Pillow and scikit-image."""

import io

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageOps, features
from skimage import data
from skimage.color import rgb2lab
from typer.testing import CliRunner

import huelab
from huelab import images
from huelab.cli.main import app
from huelab.methods import shipped
from huelab.methods.baselines import GrayCopy, MeanColor, Sepia

WARM = MeanColor(torch.tensor([8.0, 20.0]))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A folder to work in, and a colorizer that needs no weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shipped, "load", lambda name="first": WARM)
    return tmp_path


def cat(width=96, height=64):
    """A real photograph in gray, without a shade that warm colors do not exist in."""
    levels = np.asarray(Image.fromarray(data.chelsea()).convert("L").resize((width, height)))
    return Image.fromarray((levels * 0.6 + 40).astype(np.uint8))


def run(*words, **how):
    result = CliRunner().invoke(app, ["colorize", *map(str, words)], **how)
    assert isinstance(result.exception, SystemExit | None), repr(result.exception)
    return result


def made_by(*words, status=0):
    result = run(*words)
    assert result.exit_code == status, result.output
    return result.stdout.splitlines()


def lab_of(path):
    return rgb2lab(np.asarray(Image.open(path).convert("RGB")))


KINDS = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF", "webp": "WEBP", "avif": "AVIF"}


@pytest.mark.parametrize("form", KINDS)
def test_formats(form):
    if form == "avif" and not features.check("avif"):
        pytest.skip("Pillow was built without AVIF")
    exif = Image.Exif()
    exif[315], exif[305] = "A. Grandmother", "Scanner 3"
    cat().save("cat.jpg", exif=exif, dpi=(300, 300), quality=95)
    (name,) = made_by("cat.jpg", "--format", form)
    with Image.open(name) as result:
        assert result.format == KINDS[form]
        assert name == f"cat-color.{form}"
        assert result.size == (96, 64) and result.getexif()[315] == "A. Grandmother"
        assert result.getexif()[305] == "Scanner 3"
    assert np.abs(lab_of(name)[..., 1:].mean((0, 1)) - [8, 20]).max() < 1
    # It is known again: as done, and as no photograph.
    result = run(".", "--format", form)
    assert result.stdout == "" and "1 photograph already had a result" in result.stderr
    assert "1 file that HueLab made was left out." in result.stderr
    cat(90).save("cat.jpg")
    other_words = {"jpg": "JPEG", "tif": ".tiff"}
    assert made_by("cat.jpg", "--format", other_words.get(form, form)) == [name]
    assert Image.open(name).size == (90, 64)


def test_formats_without_loss_agree():
    cat().save("cat.png")
    names = [made_by("cat.png", "--format", form)[0] for form in ("png", "tif", "webp")]
    first, *others = (np.asarray(Image.open(name)) for name in names)
    assert all(np.array_equal(first, other) for other in others)


@pytest.mark.parametrize("form", ["jpg", "webp"])
def test_quality_is_the_size_of_the_file(form, home):
    cat(400, 300).save("cat.png")
    sizes = []
    for quality in ("10", "60", "100"):
        (name,) = made_by("cat.png", "--format", form, "--quality", quality, "--overwrite")
        sizes.append((home / name).stat().st_size)
    assert sizes[0] < 0.6 * sizes[1] < 0.6 * sizes[2]


def test_side_by_side_holds_both_in_one_picture():
    cat().save("cat.png")
    made_by("cat.png")
    assert made_by("cat.png", "--side-by-side") == ["cat-before-after.png"]
    both = np.asarray(Image.open("cat-before-after.png"))
    assert both.shape == (64, 192, 3)
    assert np.array_equal(both[:, :96], np.asarray(cat().convert("RGB")))
    assert np.array_equal(both[:, 96:], np.asarray(Image.open("cat-color.png")))
    assert made_by(".", "--side-by-side") == [] == made_by(".")


def test_strength():
    cat().save("cat.png")
    made_by("cat.png", "--strength", "0.5")
    assert np.abs(lab_of("cat-color.png")[..., 1:].mean((0, 1)) - [4, 10]).max() < 1
    made_by("cat.png", "--strength", "0", "--overwrite")
    assert np.ptp(np.asarray(Image.open("cat-color.png")).astype(int), axis=2).max() <= 1


def test_vivid_reaches_a_method_that_knows_it(monkeypatch):
    class Vivid(MeanColor):
        guides = frozenset({"strength", "vivid"})

        def predict_ab(self, lightness, guide, generator):
            return super().predict_ab(lightness, guide, generator) * (1 + guide.vivid)

    monkeypatch.setattr(shipped, "load", lambda name="first": Vivid(WARM.ab))
    cat().save("cat.png")
    made_by("cat.png", "--vivid", "0.5")
    assert np.abs(lab_of("cat-color.png")[..., 1:].mean((0, 1)) - [12, 30]).max() < 1


@pytest.mark.parametrize(
    "words", [["--strength", "0.5"], ["--vivid", "1"], ["--reference", "cat.png"]]
)
def test_a_guide_that_the_method_does_not_know_is_told_once(words, monkeypatch):
    monkeypatch.setattr(shipped, "load", lambda name="first": Sepia())
    cat().save("cat.png"), cat().save("dog.png")
    result = run("cat.png", "dog.png", *words)
    assert result.exit_code == 2 and result.stderr.count("does not use --") == 1


def test_hints_color_their_place_and_no_other():
    """A face of one lightness on a ground of another: the hint is on the face."""
    picture = np.full((120, 180), 90, np.uint8)
    picture[30:90, 60:120] = 170
    Image.fromarray(picture).save("face.png")
    hints = Image.new("RGBA", (180, 120))
    for spot in range(70, 110):
        for row in range(40, 80):
            hints.putpixel((spot, row), (200, 120, 110, 255))
    hints.save("hints.png")
    made_by("face.png", "--hints", "hints.png")
    lab, plain = lab_of("face-color.png"), rgb2lab(np.dstack([picture] * 3))
    wanted = rgb2lab(np.array([[[200, 120, 110]]], np.uint8))[0, 0, 1:]
    assert np.abs(lab[40:80, 70:110, 1:] - wanted).max() < 2
    assert np.abs(lab[32:88, 62:118, 1:] - wanted).max() < 8
    assert np.abs(lab[:26, :, 1:] - [8, 20]).max() < 1.5
    assert np.abs(lab[..., 0] - plain[..., 0]).max() < 1


def test_hints_at_another_size_and_of_another_shape(home):
    cat(900, 600).save("cat.png")
    spot = Image.new("RGBA", (300, 200))
    spot.paste((40, 90, 200, 255), (100, 50, 200, 150))
    spot.save("spot.png")
    made_by("cat.png", "--hints", "spot.png")
    wanted = rgb2lab(np.array([[[40, 90, 200]]], np.uint8))[0, 0, 1:]
    inside = lab_of("cat-color.png")[220:380, 360:540, 1:]
    assert np.abs(np.median(inside, (0, 1)) - wanted).max() < 12
    spot.resize((300, 250)).save("other.png")
    result = run("cat.png", "--hints", "other.png", "--overwrite")
    assert result.exit_code == 1 and "300 x 250" in result.stderr
    assert (home / "cat-color.png").is_file()


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        (Image.new("RGB", (96, 64)), "has no transparent parts"),
        (Image.new("RGBA", (96, 64), (255, 0, 0, 90)), "has no opaque pixels"),
    ],
)
def test_pictures_that_are_no_hints(overlay, said):
    cat().save("cat.png")
    overlay.save("overlay.png")
    result = run("cat.png", "--hints", "overlay.png")
    assert result.exit_code == 1 and f"overlay.png: {said}" in result.stderr


def test_a_reference_gives_its_colors():
    cat().save("cat.png")
    Image.new("RGB", (40, 40), (60, 120, 200)).save("blue.png")
    made_by("cat.png", "--reference", "blue.png")
    blue = rgb2lab(np.array([[[60, 120, 200]]], np.uint8))[0, 0, 1:]
    found = lab_of("cat-color.png")
    assert np.abs(np.median(found[..., 1:], (0, 1)) - blue).max() < 3
    assert np.abs(found[..., 0] - lab_of("cat.png")[..., 0]).max() < 1


def toned(gray, tone):
    """The gray picture with a tint, of the same lightness: 8-bit sepia, cyanotype, neutral."""
    from skimage.color import lab2rgb

    lab = rgb2lab(np.dstack([np.asarray(gray)] * 3))
    lab[..., 1:] += np.array(tone) * np.sin(np.pi * lab[..., :1] / 100)
    return Image.fromarray(np.rint(lab2rgb(lab) * 255).astype(np.uint8))


SEPIA, CYANOTYPE = (6, 18), (-6, -22)


@pytest.mark.parametrize("method", [WARM, Sepia()])
def test_the_same_gray_in_three_tints_gives_the_same_result(method, monkeypatch):
    monkeypatch.setattr(shipped, "load", lambda name="first": method)
    for name, tone in (("neutral", (0, 0)), ("sepia", SEPIA), ("cyan", CYANOTYPE)):
        toned(cat(500, 400), tone).save(f"{name}.png")
    made_by(".")
    one, *others = (np.asarray(Image.open(f"{n}-color.png")) for n in ("neutral", "sepia", "cyan"))
    for other in others:
        # Tints of 8 bits round lightness, by at most one level of green and two of the others.
        assert np.abs(one.astype(int) - other).max() <= 3
        assert np.abs(one.astype(int) - other).mean() < 0.6


def test_keep_tint_keeps_the_tone_and_adds_the_colors(monkeypatch):
    sepia = toned(cat(), SEPIA)
    sepia.save("sepia.png"), cat().save("neutral.png")
    made_by(".", "--keep-tint")
    plain = lab_of("sepia.png")
    assert np.abs(np.median(lab_of("sepia-color.png") - plain, (0, 1)) - [0, 8, 20]).max() < 1
    made_by("neutral.png", "--overwrite", "--side-by-side")
    both = np.asarray(Image.open("neutral-before-after.png"))
    kept = np.asarray(Image.open("neutral-color.png")).astype(int)
    assert np.abs(both[:, 96:] - kept).max() <= 1  # there is no tone to keep
    # Without colors to add, the picture comes back.
    monkeypatch.setattr(shipped, "load", lambda name="first": GrayCopy())
    made_by("sepia.png", "--keep-tint", "--overwrite")
    back = np.asarray(Image.open("sepia-color.png")).astype(int) - np.asarray(sepia)
    assert np.abs(back).max() <= 8 and np.abs(back).mean() < 1


def test_keep_tint_of_a_print_scanned_badly():
    photograph = Image.fromarray(data.chelsea()).convert("L")
    print_ = ImageOps.colorize(photograph, (40, 20, 0), (255, 240, 200), mid=(160, 120, 80))
    print_.save("print.jpg", quality=40)
    made_by("print.jpg", "--keep-tint")
    change = lab_of("print-color.png") - lab_of("print.jpg")
    assert np.abs(np.median(change[..., 1:], (0, 1)) - [8, 20]).max() < 3


def test_standard_input_gives_standard_output():
    cat().save("cat.jpg", dpi=(300, 300))
    made_by("cat.jpg")
    with open("cat.jpg", "rb") as file:
        result = run("-", input=file.read())
    assert result.exit_code == 0 and result.stderr == ""
    with Image.open(io.BytesIO(result.stdout_bytes)) as picture:
        assert picture.format == "PNG" and round(picture.info["dpi"][0]) == 300
        assert np.array_equal(np.asarray(picture), np.asarray(Image.open("cat-color.png")))
    with open("out.png", "wb") as file:
        file.write(result.stdout_bytes)
    assert "1 file that HueLab made was left out." in run("out.png").stderr


@pytest.mark.parametrize(("sent", "said"), [(b"", "the file is empty"), (b"text", "not a picture")])
def test_standard_input_that_is_no_picture(sent, said):
    result = run("-", "--format", "jpg", input=sent)
    assert result.exit_code == 1 and result.stdout_bytes == b""
    (line,) = result.stderr.splitlines()
    assert line.startswith("huelab: standard input: ") and said in line


def test_names_in_both_forms_of_unicode_with_spaces_and_dashes(home):
    names = ["caf\u00e9 1.png", "cafe\u0301 2.png", " a  b .png", "-o.png", "--help.png"]
    for name in names:
        cat().save(home / name)
    made = made_by("--", *names)
    assert made == [f"{name.removesuffix('.png')}-color.png" for name in names]
    assert all((home / name).is_file() for name in made)
    assert made_by("-r", ".") == []
    # One name in two forms is two files here, and one on a Mac: their results differ there, too.
    cat().save(home / "cafe\u0301 1.png")
    assert made_by(".") == ["cafe\u0301 1-png-color.png"]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_all_pages_of_a_tiff(kind):
    """Read with tifffile; the second page has a smaller copy, which is no page."""
    levels = [
        np.full((40, 60), 60, kind),
        np.full((30, 50), 120, kind),
        np.full((40, 60), 180, kind),
    ]
    scale = 257 if kind is np.uint16 else 1
    with tifffile.TiffWriter("scan.tif") as file:
        for level in levels:
            file.write(level * scale, photometric="minisblack")
        file.write(levels[1][::4, ::4] * scale, photometric="minisblack", subfiletype=1)
    result = run("scan.tif")
    assert result.exit_code == 1 and result.stdout == ""
    assert "scan.tif: holds 3 pages; with --format tif" in result.stderr.splitlines()[0]
    assert made_by("scan.tif", "--format", "tif") == ["scan-color.tif"]
    with tifffile.TiffFile("scan-color.tif") as file:
        found = [page.asarray() for page in file.pages]
    assert [page.shape[:2] for page in found] == [level.shape for level in levels]
    for page, level in zip(found, levels, strict=True):
        assert page.dtype == kind
        alone = huelab.colorize(np.dstack([level * scale] * 3), method=WARM)
        assert np.array_equal(page, alone)
    assert images.mark_of("scan-color.tif") == images.mark("scan.tif", "scan-color.tif")
    with open("scan.tif", "rb") as file:
        result = run("-", "--format", "tif", input=file.read())
    assert len(tifffile.TiffFile(io.BytesIO(result.stdout_bytes)).pages) == 3


def test_images_marks_name_no_folder():
    cat().save("cat.png")
    (name,) = made_by("cat.png", "--format", "jpg")
    assert images.mark_of(name) == images.mark("cat.png", name)
    with open(name, "rb") as file:
        assert b"cat" not in file.read()
