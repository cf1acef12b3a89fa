"""XMP and IPTC of a photograph, read from any container, without properties of the old pixels."""

import contextlib
import re
import struct
from xml.dom import Node, minidom

from PIL import Image, TiffImagePlugin

_ON_PIXELS = r"Orientation|Profile|ColorSpace|Dimension|Thumb|GImg|hdrgm|Depth|Motion|Extended"
_IPTC_TAG, _XMP_TAG = 33723, 700
_IPTC_RESOURCE = 0x0404  # among Photoshop's blocks
# IPTC-IIM: the envelope record and the application record are kept. The latter's data sets with
# previews of the old picture are not.
_RECORDS, _PREVIEWS = (1, 2), (200, 201, 202)
#: The keyword under which programs keep IPTC in a PNG, since the format has no place for it.
PNG_IPTC = "Raw profile type iptc"


def xmp(image: Image.Image) -> bytes:
    """The XMP of an image without properties of its pixels; empty if there is none.

    XMP without any such property is kept byte for byte. XMP that has one and cannot be parsed is
    dropped.

    Example:
        >>> image = Image.new("L", (2, 2))
        >>> image.info["xmp"] = b'<x title="Boats" Orientation="6"/>'
        >>> xmp(image)
        b'<x title="Boats"/>'
    """
    found = image.info.get("xmp")
    if not isinstance(found, bytes) or not re.search(_ON_PIXELS.encode(), found):
        return found if isinstance(found, bytes) else b""
    with contextlib.suppress(Exception):  # not well-formed
        head, packet, tail = _packet(found)
        if b"<!" in packet.replace(b"<!--", b""):
            return b""  # entities are refused: they can grow without limit
        root = minidom.parseString(packet).documentElement
        if root is not None:
            _prune(root)
            return head + root.toxml().encode() + tail
    return b""


def _packet(found: bytes) -> tuple[bytes, bytes, bytes]:
    """The bytes before the XML of a packet, the XML, and the bytes after it."""
    start = re.search(rb"<(?!\?)", found)
    end = found.rfind(b"<?xpacket end")
    if start is None:
        raise ValueError("no XML")
    end = len(found) if end < 0 else end
    return found[: start.start()], found[start.start() : end], found[end:]


def _prune(element: minidom.Element) -> None:
    for name in filter(_of_pixels, [*element.attributes.keys()]):
        element.removeAttribute(name)
    for child in list(element.childNodes):
        if child.nodeType == Node.ELEMENT_NODE:
            if _of_pixels(child.tagName):
                element.removeChild(child)
            else:
                _prune(child)


def _of_pixels(name: str) -> bool:
    return not name.startswith("xmlns") and bool(re.search(_ON_PIXELS, name))


def iptc(image: Image.Image) -> bytes:
    """The IPTC data sets of an image as they are stored, without previews; empty if it has none.

    Example:
        >>> image = Image.new("L", (2, 2))
        >>> image.info["photoshop"] = {0x0404: bytes([0x1C, 2, 5, 0, 5]) + b"Boats"}
        >>> iptc(image)[5:]
        b'Boats'
    """
    with contextlib.suppress(Exception):  # damaged metadata is left out
        return _clean(_stored_iptc(image))
    return b""


def _stored_iptc(image: Image.Image) -> bytes:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        value = image.tag_v2.get(_IPTC_TAG, b"")
        if isinstance(value, tuple):  # written as numbers of 32 bits, in the file's order
            return struct.pack(
                f"{'>' if image.tag_v2.prefix == b'MM' else '<'}{len(value)}I", *value
            )
        return value or image.get_photoshop_blocks().get(_IPTC_RESOURCE, {}).get("data", b"")
    blocks = image.info.get("photoshop")
    if isinstance(blocks, dict):
        return blocks.get(_IPTC_RESOURCE, b"")
    text = image.info.get(PNG_IPTC)
    if not isinstance(text, str):
        return b""
    raw = bytes.fromhex("".join(text.split("\n", 3)[3].split()))
    return _blocks(raw).get(_IPTC_RESOURCE, b"") if raw.startswith(b"8BIM") else raw


def _blocks(data: bytes) -> dict[int, bytes]:
    found, place = {}, 0
    while data[place : place + 4] == b"8BIM":
        (code, name) = struct.unpack_from(">HB", data, place + 4)
        place += 6 + (name + 2) // 2 * 2
        (size,) = struct.unpack_from(">I", data, place)
        found[code] = data[place + 4 : place + 4 + size]
        place += 4 + size + size % 2
    return found


def _clean(data: bytes) -> bytes:
    kept, place = b"", 0
    while data[place : place + 1] == b"\x1c":
        record, number, size = struct.unpack_from(">BBH", data, place + 1)
        end = place + 5 + size
        if size >= 0x8000 or end > len(data):  # longer than any text; or cut short
            break
        if record in _RECORDS and not (record == 2 and number in _PREVIEWS):
            kept += data[place:end]
        place = end
    return kept


def photoshop_block(data: bytes) -> bytes:
    """IPTC data as an image resource of Photoshop.

    Example:
        >>> photoshop_block(b"Boats")[:4]
        b'8BIM'
    """
    return (
        b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(data)) + data + b"\0" * (len(data) % 2)
    )


def jpeg_segment(data: bytes) -> bytes:
    """IPTC data as an APP13 segment of a JPEG; empty if they are too long for one segment.

    Example:
        >>> jpeg_segment(b"Boats")[:2].hex(), jpeg_segment(bytes(70_000))
        ('ffed', b'')
    """
    body = b"Photoshop 3.0\0" + photoshop_block(data)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body if len(body) < 65_000 else b""


def png_text(data: bytes) -> str:
    """IPTC data as the text of a PNG that ImageMagick and ExifTool know.

    Example:
        >>> png_text(b"Boats").split()[:2]  # its kind, and the number of bytes
        ['iptc', '18']
    """
    block = photoshop_block(data)
    lines = "\n".join(re.findall(".{1,72}", block.hex()))
    return f"\niptc\n{len(block):8}\n{lines}\n"
