"""IPTC and XMP, carried to every container that holds them, and found there by other readers."""

import io
import struct
import zlib
from xml.etree import ElementTree

import pytest
import tifffile
from picture_files import NOISE, saved
from PIL import Image, IptcImagePlugin, PngImagePlugin

from huelab.images import write

CAPTION = "Sonne über Öland".encode()


def field(record, number, data):
    return b"\x1c" + struct.pack(">BBH", record, number, len(data)) + data


IPTC = field(1, 90, b"\x1b%G") + field(2, 120, CAPTION) + field(2, 80, b"Ana")
PREVIEW = field(2, 202, b"old picture") + field(3, 60, b"pixels")
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP = f"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 tiff:Orientation="6" exif:PixelXDimension="4000" xmp:Rating="5">
<dc:creator><rdf:Seq><rdf:li>Renée</rdf:li></rdf:Seq></dc:creator>
<xmp:Thumbnails><rdf:Alt><rdf:li>abc</rdf:li></rdf:Alt></xmp:Thumbnails>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


def source(kind):
    data = IPTC + PREVIEW
    if kind == "JPEG":
        block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)
        body = b"Photoshop 3.0\0" + block
        extra = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
        return saved(NOISE, "JPEG", extra=extra, xmp=XMP)
    if kind == "TIFF":
        tags = [(33723, 7, len(data), data, True), (700, 1, len(XMP), XMP, True)]
        stream = io.BytesIO()
        tifffile.imwrite(stream, NOISE, photometric="rgb", extratags=tags)
        return stream.getvalue()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Raw profile type iptc", f"\niptc\n{len(data):8}\n{data.hex()}\n", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return saved(NOISE, "PNG", pnginfo=texts)


def found(path):
    """IPTC and XMP of a file, by readers that know nothing of our writer."""
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            tags = file.pages[0].tags
            return bytes(tags[33723].value), bytes(tags[700].value)
    if path.suffix == ".jpg":
        with Image.open(path) as image:
            assert IptcImagePlugin.getiptcinfo(image)[2, 120] == CAPTION
            return image.info["photoshop"][0x0404], image.info["xmp"]
    data, place, chunks = path.read_bytes(), 8, {}
    while place < len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        keyword, _, rest = data[place + 8 : place + 8 + length].partition(b"\0")
        chunks[name, keyword] = rest
        place += length + 12
    text = zlib.decompress(chunks[b"zTXt", b"Raw profile type iptc"][1:]).decode()
    kind, length, *lines = text.split()
    block = bytes.fromhex("".join(lines))
    assert (kind, int(length), block[:8]) == ("iptc", len(block), b"8BIM\x04\x04\0\0")
    (size,) = struct.unpack_from(">I", block, 8)
    return block[12 : 12 + size], chunks[b"iTXt", b"XML:com.adobe.xmp"][4:]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".png"])
def test_iptc_and_xmp_are_carried(tmp_path, kind, suffix):
    write(path := tmp_path / f"a{suffix}", NOISE, like=source(kind))
    iptc, xmp = found(path)
    assert iptc == IPTC
    tree = ElementTree.fromstring(xmp)
    (description,) = tree.iter(f"{{{RDF}}}Description")
    assert description.get("{http://ns.adobe.com/xap/1.0/}Rating") == "5"
    assert [item.text for item in tree.iter(f"{{{RDF}}}li")] == ["Renée"]
    for word in (b"Orientation", b"Dimension", b"Thumb", b"old picture"):
        assert word not in path.read_bytes()


@pytest.mark.parametrize(
    "wrong", [b"\x1c\2", b"\x1c\2\x78\xff\xff", b"garbage", field(2, 120, b"x")[:-1]]
)
def test_damaged_iptc_is_left_out(tmp_path, wrong):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Raw profile type iptc", f"\niptc\n{len(wrong):8}\n{wrong.hex()}\n")
    write(tmp_path / "a.png", NOISE, like=saved(NOISE, "PNG", pnginfo=texts))
    assert b"Raw profile" not in (tmp_path / "a.png").read_bytes()


def test_entities_of_xmp_are_not_expanded(tmp_path):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x tiffOrientation="1">&a;</x>'
    write(tmp_path / "a.jpg", NOISE, like=saved(NOISE, "JPEG", xmp=bomb))
    with Image.open(tmp_path / "a.jpg") as image:
        assert "xmp" not in image.info
