"""A trained colorizer applied to films: the colors are new, and everything else stays as it was.

The brightness plane of each frame goes into the result as it is stored. So do the times of the
frames, the sound, the subtitles, and the tags that say how a player shows the film. Films are
written in parts, see `huelab.apply.parts`, so that a run that was stopped can go on.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from huelab import images
from huelab.apply.frames import Painter
from huelab.apply.parts import Parts, key_of
from huelab.apply.small import with_guide
from huelab.images import ImageError
from huelab.images.film_marks import comment_of
from huelab.images.film_writing import join, look_of
from huelab.images.video import header, stored
from huelab.methods.colorizer import Colorizer, Guide
from huelab.storage import write_whole

#: Called after each frame with the number of finished frames and the number of all frames, which
#: may be unknown.
Progress = Callable[[int, int | None], object]


def colorize_film(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    method: Colorizer,
    size: int = 256,
    smooth: bool = True,
    lossless: bool = False,
    overwrite: bool = False,
    notes: list[str] | None = None,
    progress: Progress | None = None,
    guide: Guide | None = None,
) -> Path:
    """Color a film and write it to another file; any color that it has is thrown away first.

    The method sees each frame upright, with square pixels and its shorter side at `size`. The
    brightness of the film, its plane Y', is kept as it is stored; only the color planes are new.
    The result also keeps the times of the frames, the length, the rotation, the shape of the
    pixels, the color tags, 8 and 10 bits, and all tracks of sound and subtitles. In a film of odd
    width or height every pixel gets a color of its own, because most codecs cannot halve an odd
    number.

    A run that is stopped leaves its finished parts in `$HUELAB_CACHE/films`. Called again with the
    same arguments, it goes on and gives the same frames as a run that was not stopped.

    Args:
        source: any film that PyAV reads, with colors of sRGB; HDR is refused.
        target: `.mp4`, `.mov` or `.mkv` (H.264, above 10 bits H.265), or `.webm` (VP9).
        method: any colorizer. Its random numbers are the same for each frame.
        size: shorter side in pixels, at least 16, see `colorize`.
        smooth: carry colors along with the motion of the film, so that they do not flicker. This
            needs OpenCV.
        lossless: store exactly the planes that were computed; the file becomes large.
        overwrite: whether an existing file is replaced.
        notes: a list to which the function adds sentences that a user should know.
        progress: called after each frame.
        guide: what a person adds, the same for each frame.

    Returns:
        The path of the target.

    Raises:
        ImageError: if the source is not a film, is damaged or cut short, holds colors that are not
            those of sRGB, or has tracks that the format of the target cannot hold.
        FlowError: if `smooth` is asked for and OpenCV is not installed.
        FileExistsError: if the target exists and `overwrite` is false.
        ValueError: for a size below 16, a guide that the method does not use, or hints whose
            proportions are not those of the film.

    Example:
        >>> import io
        >>> from tempfile import TemporaryDirectory
        >>> from unittest.mock import patch
        >>> from PIL import Image
        >>> from huelab.methods.baselines import Sepia
        >>> gray = Image.new("RGB", (64, 48), "gray")
        >>> with TemporaryDirectory() as folder, patch.dict(os.environ, HUELAB_CACHE=folder):
        ...     source, target = Path(folder, "a.gif"), Path(folder, "a-color.mp4")
        ...     gray.save(source, save_all=True, append_images=[Image.new("RGB", (64, 48))])
        ...     _ = colorize_film(source, target, method=Sepia(), smooth=False)
        ...     [frame.rgb.shape for frame in images.video.frames(target)]
        [(48, 64, 3), (48, 64, 3)]
    """
    if size < 16:
        raise ValueError(f"size must be at least 16, not {size}")
    guide = guide or Guide()
    method = with_guide(method, guide)
    source, target, notes = Path(source), Path(target), [] if notes is None else notes
    _check_target(source, target, overwrite)
    mark = images.mark(source, target)
    look = look_of(source, target.suffix.lower(), lossless=lossless)
    painter = Painter(look, method, size=size, guide=guide, smooth=smooth)
    total = header(source).frames
    with Parts(key_of(mark, painter)) as parts:
        _check_target(source, target, overwrite)  # by now another process may have made it
        try:
            parts.write(
                stored(source), painter, lambda done: progress(done, total) if progress else None
            )
            notes += painter.notes
            write_whole(
                target,
                lambda file: join(
                    file, source, parts.done, look, comment=comment_of(mark), notes=notes
                ),
                overwrite=overwrite,
            )
        except (ImageError, FileExistsError, ValueError):  # the same error would come again
            parts.remove()
            raise
        parts.remove()
    return target


def _check_target(source: Path, target: Path, overwrite: bool) -> None:
    """Check before hours of work that the target can be written."""
    if target.exists() and source.exists() and target.samefile(source):
        raise FileExistsError(errno.EEXIST, "is the film itself", os.fspath(target))
    if os.path.lexists(target) and not overwrite:
        raise FileExistsError(errno.EEXIST, "exists; overwrite=True replaces it", os.fspath(target))
