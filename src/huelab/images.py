"""Any image file in, honest pixels out: upright, opaque, 8-bit sRGB; and back to disk, safely.

`read` gives what a careful viewer would show, or refuses; it never gives half a picture. `write`
puts a whole file in place, or leaves what was there. RGB and gray without a profile are taken as
sRGB, CMYK without one as ideal inks, (1 - ink)(1 - black), for want of better knowledge.
"""

import contextlib
import errno
import functools
import io
import os
import re
import secrets
import stat
import struct
import threading
import warnings

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageFile, PngImagePlugin

# Formats with a signature, so that no other file is taken for one of them, and without a helper
# program (EPS would start Ghostscript). HEIF counts where pillow-heif has registered it.
_READS = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "AVIF", "BMP", "PPM", "JPEG2000", "QOI", "PSD")
_READS += ("HEIF",)
_WRITES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
_WRITES |= {".webp": "WEBP", ".bmp": "BMP", ".ppm": "PPM"}
_MAX_PIXELS = 200_000_000
# The color kinds a profile can speak of, and the Pillow modes that can wear such a profile.
_ICC_MODES = {"RGB": ("RGB", "L", "I;16"), "GRAY": ("L", "I;16")}
_ICC_MODES |= {"CMYK": ("CMYK",), "Lab": ("LAB",)}
# EXIF on the photograph, from ImageDescription to XPSubject; a TIFF keeps beside it how its pixels
# are stored. A maker note points to places in the old file and may hold another picture.
_TAG, _IFD = ExifTags.Base, ExifTags.IFD
_EXIF_KEPT = (270, 271, 272, 305, 306, 315, 316, 33432, *range(40091, 40096))
_EXIF_DROPPED = (_TAG.MakerNote, _IFD.Interop)
_XMP_ON_PIXELS = rb"Orientation|Profile|ColorSpace|Dimension|Thumb|GImg|hdrgm|Depth|Motion|Extended"
_PNG_TEXTS = "Title,Author,Description,Copyright,Creation Time,Disclaimer,Warning,Source,Comment"


class ImageError(ValueError):
    """A picture cannot be read or written. The message names the file and says what is wrong."""


def read(source, *, background=(255, 255, 255), max_pixels=_MAX_PIXELS) -> np.ndarray:
    """The picture in a file: uint8 sRGB `(H, W, 3)`, C-contiguous, writable.

    `source` is a path, the file's bytes, or a binary file object (read from where it stands to its
    end). Of an animation or a file of many pages it is the first frame.

    - EXIF orientation is applied: H and W are those of the upright picture.
    - Transparency is composited over `background` (integers 0..255) on sRGB values, as in browsers.
    - 16-bit gray is rounded to 8 bits (65535 -> 255). Integers outside 0..65535 and floats outside
      0..1 are refused, since nothing says what is white. 16-bit RGB comes from Pillow with its low
      bytes cut off, at most one level darker than rounding.
    - An embedded ICC profile is obeyed; one that is damaged or does not fit the picture is ignored.

    Raises ImageError, and nothing else, for a file that is missing, unreadable, no picture, cut
    short, damaged, or by its header larger than `max_pixels` (then nothing is decoded); ValueError
    where `background` is no color. Damage within data without checksums (JPEG) can go unnoticed.
    """
    paper = tuple(int(level) for level in background)
    if len(paper) != 3 or min(paper) < 0 or max(paper) > 255:
        raise ValueError(f"background must be three integers in 0..255, not {background!r}")
    with _errors(_name(source), "damaged or not supported"), _Quiet(), _stream(source) as stream:
        image = _open(stream, max_pixels)
        rawmode = _rawmode(image)
        image.load()
        if image.format == "PNG":
            _check_png_is_whole(image, stream, max_pixels)
        color, alpha = _split_alpha(image, rawmode)
        color = _to_srgb(color, image.info.get("icc_profile"))
        if alpha is not None:
            color = Image.composite(color, Image.new("RGB", color.size, paper), alpha)
        return _upright(np.array(color), _orientation(image))


def write(path, rgb, *, like=None, overwrite=False, quality=95) -> None:
    """Write uint8 sRGB `rgb`, `(H, W, 3)`, an array or a CPU tensor, whole or not at all.

    The suffix of `path` chooses the format. JPEG has `quality` 1..100 and 4:4:4 sampling: the usual
    4:2:0 drops three quarters of the color samples, and color is the point here. WebP is lossless
    for the same reason (its lossy kind is always 4:2:0). TIFF is uncompressed.

    `like`, a path or the bytes of a picture, gives metadata as far as the format holds it: EXIF on
    the photograph (GPS included) with Orientation 1, without thumbnail and maker note; DPI; XMP
    that does not speak of pixels; PNG's standard texts to PNG; an sRGB profile where the source had
    a profile. Damaged metadata is left out.

    The file appears under its name in one step, with the permissions of a new file or of the one it
    replaces. Raises FileExistsError where `path` exists and `overwrite` is false (of two processes
    one wins), ImageError for all else; the old file is then untouched and nothing is left behind.
    """
    with _errors(_name(path), "cannot be written"), _Quiet():
        path = os.fsdecode(os.fspath(path))
        form = _WRITES.get(os.path.splitext(path)[1].lower())
        if form is None:
            raise ImageError(f"cannot tell the format; the suffix may be {' '.join(_WRITES)}")
        if not 1 <= quality <= 100:
            raise ImageError(f"quality must be in 1..100, not {quality}")
        rgb = np.asarray(rgb)
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
            raise ImageError(f"expected pixels uint8 (H, W, 3), not {rgb.dtype} {rgb.shape}")
        if not overwrite and os.path.lexists(path):
            raise FileExistsError
        options = {} if like is None else _metadata(like, form, rgb.shape)
        _publish(_encode(rgb, form, quality, options), path, overwrite)


def _name(source) -> str:
    if isinstance(source, str | os.PathLike):
        # A file name that is not valid Unicode must not make the message unprintable.
        return os.fsdecode(os.fspath(source)).encode("utf-8", "backslashreplace").decode()
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<bytes>"


@contextlib.contextmanager
def _errors(name, otherwise):
    """Of whatever goes wrong in Pillow or below, make one error that names the file."""
    try:
        yield
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, "exists; overwrite=True replaces it", name) from None
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error.__cause__
    except MemoryError as error:
        raise ImageError(f"{name}: not enough memory") from error
    except Exception as error:
        # The system's own words ("Permission denied") where there are any.
        words = error.strerror if isinstance(error, OSError) and error.errno else None
        words = words or f"{otherwise} ({str(error) or type(error).__name__})"
        raise ImageError(f"{name}: {words}") from error


class _Quiet:
    """Silence Pillow's warnings, and only Pillow's, while any thread is in here.

    `catch_warnings` restores one list for the whole process, so threads that overlap could restore
    it in the wrong order and leave the filter for good: the first in sets it, the last out ends it.
    """

    lock, inside, saved = threading.Lock(), 0, None

    def __enter__(self):
        with _Quiet.lock:
            if _Quiet.inside == 0:
                _Quiet.saved = warnings.catch_warnings()
                _Quiet.saved.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
            _Quiet.inside += 1

    def __exit__(self, *exc):
        with _Quiet.lock:
            _Quiet.inside -= 1
            if _Quiet.inside == 0:
                _Quiet.saved.__exit__(None, None, None)


@contextlib.contextmanager
def _stream(source):
    if isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
    elif hasattr(source, "read"):
        yield io.BytesIO(source.read())
    elif isinstance(source, str | os.PathLike):
        mode = os.stat(source).st_mode
        if not stat.S_ISREG(mode):  # opening a pipe could wait for ever
            raise ImageError("is a folder" if stat.S_ISDIR(mode) else "is not a regular file")
        with open(source, "rb") as stream:
            yield stream
    else:
        raise ImageError(f"expected a path, bytes or a file object, not {type(source).__name__}")


def _open(stream, max_pixels):
    """Image.open without Image.MAX_IMAGE_PIXELS, which is one limit for the whole process.

    Ours is per call, and to change theirs, even for a moment, would change it for other threads.
    Pillow is told no file name and so maps no file into memory, where a file cut short by somebody
    else while it is read would be a crash.
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        # Not ours to change, and under it half a picture looks like a whole one.
        raise ImageError("not read while PIL.ImageFile.LOAD_TRUNCATED_IMAGES is true; reset it")
    prefix = stream.read(16)
    if not prefix:
        raise ImageError("the file is empty")
    Image.init()
    # A plugin's answer is a string where its codec is not built in.
    known = (Image.OPEN[form] for form in _READS if form in Image.OPEN)
    fits = (factory for factory, accept in known if accept(prefix.ljust(16, b"\0")) is True)
    factory = next(fits, None)
    if factory is None:
        raise ImageError(f"not a picture, or none of {' '.join(_READS)}")
    stream.seek(0)
    try:
        image = factory(stream, "")
    except SyntaxError as error:
        raise ImageError(f"the header is damaged or tells of no pixels ({error})") from error
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(f"{width} x {height} pixels are more than max_pixels={max_pixels}")
    if image.format == "TIFF" and hasattr(image, "_tile_size"):
        # Given its memory, Pillow's TIFF reader does not ask for MAX_IMAGE_PIXELS either.
        image.im = Image.core.new(image.mode, image._tile_size)
    return image


def _rawmode(image) -> str:
    """How samples lie in the file, in Pillow's words; known only until they are loaded."""
    args = image.tile[0][3] if image.tile else None
    return args if isinstance(args, str) else str((args or ("",))[0])


def _check_png_is_whole(image, stream, max_pixels) -> None:
    """Refuse a PNG whose compressed data end early: Pillow leaves the missing rows black."""
    written = image.getbbox(alpha_only=False)
    if written and written[3] == image.height and not image.info.get("interlace"):
        return  # the last row is there, so every row is
    stream.seek(0)
    again, pixels = _open(stream, max_pixels), image.tobytes()
    again.im = Image.frombytes(image.mode, image.size, b"\xff" * len(pixels)).im
    again.load()  # over white this time
    if again.tobytes() != pixels:
        raise ImageError("cut short: rows are missing")


def _split_alpha(image, rawmode):
    """The colors as a Pillow image (L, I;16, RGB, CMYK or LAB) and the alpha as L, or None."""
    if image.mode in ("LA", "La"):
        gray = image.convert("LA")
        return gray.getchannel("L"), gray.getchannel("A")
    if image.mode in ("PA", "RGBA", "RGBa") or (image.mode == "P" and image.has_transparency_data):
        rgba = image.convert("RGBA")
        return rgba.convert("RGB"), rgba.getchannel("A")
    if image.mode.startswith(("I", "F")):
        color = Image.fromarray(_samples16(image, rawmode))
    elif image.mode in ("L", "RGB", "CMYK", "LAB"):
        color = image
    else:
        color = image.convert("L" if image.mode == "1" else "RGB")
    key = image.info.get("transparency")
    if key is None:
        return color, None
    # One color of a PNG is transparent, named in the file's units: loading has scaled 2 and 4 bits
    # up and cut 16-bit RGB down, which Pillow's own convert("RGBA") overlooks.
    key = np.asarray(key)
    key = key >> 8 if rawmode == "RGB;16B" else key * {"L;2": 85, "L;4": 17}.get(rawmode, 1)
    opaque = np.asarray(color) != key
    opaque = opaque.any(axis=-1) if opaque.ndim == 3 else opaque
    return color, Image.fromarray(opaque.astype(np.uint8) * 255)


def _samples16(image, rawmode) -> np.ndarray:
    """Gray samples deeper than 8 bits as uint16 `(H, W)` with white at 65535."""
    values = np.asarray(image)
    low, high = values.min(), values.max()
    # Half an 8-bit level beyond 0..1 is a resampler's overshoot; more, or NaN, is another scale.
    top, slack = (1, 0.5 / 255) if image.mode == "F" else (65535, 0)
    if not (low >= -slack and high <= top + slack):
        raise ImageError(f"samples {low} to {high}; white is known only for 0..{top} in this file")
    if image.mode == "F":
        values = np.rint(np.clip(values, 0, 1) * 65535)
    elif rawmode.startswith("I;12"):
        values = np.rint(values * (65535 / 4095))
    values = values.astype(np.uint16)
    # Where 0 is white, Pillow inverts 8-bit samples but not deeper ones.
    inverted = image.format == "TIFF" and image.tag_v2.get(_TAG.PhotometricInterpretation) == 0
    return 65535 - values if inverted else values


def _to_srgb(color, icc):
    """An image of mode L, I;16, RGB, CMYK or LAB with its profile (bytes or None) as sRGB."""
    with contextlib.suppress(Exception):  # a damaged profile says nothing, so it counts as none
        lab = color.mode == "LAB"
        profile = ImageCms.createProfile("LAB") if lab else io.BytesIO(icc or b"")
        profile = ImageCms.ImageCmsProfile(profile)
        kind = profile.profile.xcolor_space.strip()
        if color.mode in _ICC_MODES[kind] and kind == "GRAY":
            samples = np.asarray(color)
            levels = np.arange(np.iinfo(samples.dtype).max + 1).astype(samples.dtype)
            table = np.asarray(_convert(Image.fromarray(levels[None]), profile, exact=True))[0]
            return Image.fromarray(table[samples])
        if color.mode in _ICC_MODES[kind]:
            return _convert(_untagged(color) if kind == "RGB" else color, profile, exact=lab)
    return _untagged(color)


def _convert(color, profile, *, exact):
    """Little CMS. Its shortcuts are ten times as fast, within 1 level for RGB, but 10 off in dark
    gray and 30 in Lab (which is what Pillow's own convert gives).

    Relative colorimetric leaves alone every color that sRGB can show; perceptual would move those
    too, by each profile maker's taste. Black point compensation keeps the black of ink black.
    """
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    flags |= ImageCms.Flags.NOOPTIMIZE if exact else ImageCms.Flags.NONE
    intent, srgb = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(color, profile, srgb, intent, "RGB", flags=flags)


def _untagged(color):
    if color.mode == "I;16":
        table = (np.arange(65536) + 128) // 257  # round(level / 257)
        color = Image.fromarray(table.astype(np.uint8)[np.asarray(color)])
    return color.convert("RGB")


def _orientation(image) -> int:
    with contextlib.suppress(Exception):  # damaged EXIF is no reason to refuse the pixels
        return image.getexif().get(_TAG.Orientation, 1)
    return 1


def _upright(rgb, orientation) -> np.ndarray:
    """EXIF's orientations 1..8 undone; anything else counts as 1."""
    if orientation in (5, 6, 7, 8):
        rgb = rgb.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    return np.ascontiguousarray(rgb)


def _metadata(like, form, shape) -> dict:
    """What Pillow's save needs to carry the metadata of `like` into a file of format `form`."""
    with _errors(_name(like), "damaged or not supported"), _stream(like) as stream:
        image = _open(stream, max(_MAX_PIXELS, shape[0] * shape[1]))
        if image.format == "PNG":
            image.load()  # its texts may stand behind its pixels
        xmp = image.info.get("xmp")
        xmp = xmp if isinstance(xmp, bytes) and not re.search(_XMP_ON_PIXELS, xmp) else b""
        options = {"exif": _exif(image, shape, form), "dpi": _dpi(image)}
        # A JPEG's markers hold 64 KB.
        options["xmp"] = xmp if form != "JPEG" or len(xmp) < 65_000 else b""
        if image.info.get("icc_profile"):
            options["icc_profile"] = _srgb_profile()
        if form == "PNG":
            options["pnginfo"] = texts = PngImagePlugin.PngInfo()
            for key in _PNG_TEXTS.split(","):
                if isinstance(image.info.get(key), str):
                    texts.add_text(key, image.info[key])
            if xmp:
                texts.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
    return {key: value for key, value in options.items() if value}


def _exif(image, shape, form):
    """EXIF built anew from what is safe to keep, so that no thumbnail can slip through, or None."""
    with contextlib.suppress(Exception):  # damaged EXIF is left out
        old, new = image.getexif(), Image.Exif()
        for tag, value in ((tag, old[tag]) for tag in _EXIF_KEPT if tag in old):
            # As bytes, since Pillow writes "?" for what is not ASCII.
            new[tag] = value.encode("latin-1") if isinstance(value, str) else value
        shot = {k: v for k, v in old.get_ifd(_IFD.Exif).items() if k not in _EXIF_DROPPED}
        true = {_TAG.ColorSpace: 1, _TAG.ExifImageHeight: shape[0], _TAG.ExifImageWidth: shape[1]}
        shot |= {tag: value for tag, value in true.items() if tag in shot}
        for tag, part in ((_IFD.Exif, shot), (_IFD.GPSInfo, old.get_ifd(_IFD.GPSInfo))):
            if part:
                new.get_ifd(tag).update(part)
                new[tag] = new.get_ifd(tag)
        if len(new):
            new[_TAG.Orientation] = 1
        return new if form != "JPEG" or len(new.tobytes()) < 65_000 else None
    return None


def _dpi(image):
    with contextlib.suppress(KeyError, TypeError, ValueError, ArithmeticError):
        across, down = map(float, image.info["dpi"])
        if 1 < across < 65_535 and 1 < down < 65_535:  # 1 stands for no unit
            return (down, across) if _orientation(image) in (5, 6, 7, 8) else (across, down)
    return None


@functools.cache
def _srgb_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A fixed date in place of the clock's: the same picture gives the same bytes.
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


def _encode(rgb, form, quality, options) -> bytes:
    # TIFF stays uncompressed: Pillow's compressing writer fails where there is EXIF.
    own = {"JPEG": {"quality": quality, "subsampling": "4:4:4"}, "WEBP": {"lossless": True}}
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, form, **options, **own.get(form, {}))
    return buffer.getvalue()


def _publish(data, path, overwrite) -> None:
    target = os.path.realpath(path) if overwrite else path  # a link is written through
    temporary = os.path.join(os.path.dirname(target), f".huelab-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:  # unlike tempfile's, its permissions honor the umask
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            with contextlib.suppress(FileNotFoundError):
                os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
            os.replace(temporary, target)
        else:
            _claim(temporary, target)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _claim(temporary, target) -> None:
    """Give the file its name in one step that fails where the name is taken."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: reserve the name, then fill it
        open(target, "xb").close()
        try:
            os.replace(temporary, target)
        except BaseException:
            os.unlink(target)
            raise
