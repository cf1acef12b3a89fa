"""HueNet for the page that colors photographs in the browser, as a script that a page can load.

A browser does not let a page read files that lie next to it on a disk, but it runs scripts from
there. So everything that the page needs is text inside scripts: the network, the machine code of
ONNX Runtime, and three old photographs. They are compressed, and the browser decompresses them.
"""

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from stamps import BUILT, ROOT, checksum, is_fresh, keep_stamp
from torch import Tensor, nn

from huelab.apply.export import as_model
from huelab.color.upsample import EPSILON, RADIUS, fit_lines
from huelab.methods import shipped
from huelab.methods.huenet import QUARTER, HueNet
from huelab.storage import write_whole

STATIC = ROOT / "book" / "_static"
RUNTIME = STATIC / "vendor" / "onnxruntime"
#: The old photographs that the page offers; `credits.csv` beside them says where they are from.
SAMPLES = ("migrant_mother", "saratoga", "tobacco_farmers")


def scripts() -> Path:
    """The folder of the scripts, one for each part; it is made anew when it is stale."""
    folder = BUILT / "in_page"
    stamp = checksum(Path(__file__), RUNTIME, STATIC / "old", ROOT / "src" / "huelab")
    if not is_fresh(folder, stamp):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in parts():
            text = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
            write_whole(
                folder / f"{name}.js", f'huelabPart("{name}", "{text}");\n'.encode(), overwrite=True
            )
        keep_stamp(folder, stamp)
    return folder


def size() -> str:
    """A sentence that says how much the page loads."""
    loaded = [path for path in scripts().glob("*.js") if path.stem not in SAMPLES]
    megabytes = sum(path.stat().st_size for path in loaded) / 1e6
    return (
        f"With the first photograph, the page loads {megabytes:.1f} MB of scripts. They hold the "
        "network and [ONNX Runtime](https://onnxruntime.ai), which computes it."
    )


def parts() -> Iterator[tuple[str, bytes]]:
    """Names and contents of the parts."""
    yield "network", network_file()
    yield "runtime", (RUNTIME / "ort-wasm-simd-threaded.wasm").read_bytes()
    yield "runtime_glue", (RUNTIME / "ort-wasm-simd-threaded.mjs").read_bytes()
    for name in SAMPLES:
        yield name, (STATIC / "old" / f"{name}.jpg").read_bytes()


class Lines(nn.Module):
    """Colors as lines in L*, which the page carries up to the photograph's own size.

    It takes L* `(1, 1, H, W)`, H and W multiples of 32, and the vividness `(1,)`. It gives slopes
    and offsets of a* and b*, `(1, 4, H/4, W/4)`, see `huelab.color.upsample`.
    """

    def __init__(self, network: HueNet):
        super().__init__()
        self.network = network

    def forward(self, lightness: Tensor, vivid: Tensor) -> Tensor:
        ab = self.network(lightness, vivid)
        small = nn.functional.avg_pool2d(lightness, QUARTER)
        return fit_lines(ab, small, RADIUS, EPSILON)


def network_file() -> bytes:
    """HueNet as ONNX, with its weights in 16 bits, as they ship."""
    example = {"lightness": torch.full((1, 1, 128, 160), 50.0), "vivid": torch.zeros(1)}
    lines = Lines(shipped.load("huenet"))
    # Fused operators would have constants that do not fit into 16 bits.
    model = as_model(lines, example, "lines", {"lightness": (2, 3)}, optimize=False)
    return in_16_bits(model).SerializeToString()


def in_16_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with all constants in 16 bits that lose nothing by it; it computes in 32 bits."""
    graph, casts, single = model.graph, [], onnx.TensorProto.FLOAT
    for constant in graph.initializer:
        if constant.data_type != single:
            continue
        values = numpy_helper.to_array(constant)
        with np.errstate(over="ignore"):
            halves = values.astype(np.float16)
        if np.array_equal(halves, values):
            name = constant.name
            constant.CopyFrom(numpy_helper.from_array(halves, f"{name}_16"))
            casts.append(
                helper.make_node("Cast", [f"{name}_16"], [name], to=onnx.TensorProto.FLOAT)
            )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model
