"""A Sphinx extension: every picture that a chapter computes is a numbered figure.

Its caption is the heading of its section, so that readers can say which picture they mean. A
picture in a solution has no number. Otherwise the numbers would differ in a copy without solutions.
"""

from typing import Any

from docutils import nodes
from numbering import number
from sphinx.application import Sphinx


def number_pictures(app: Sphinx, doctree: nodes.document) -> None:
    """Turn the outputs with pictures of a chapter into figures."""
    if number(app.env.docname) is None:
        return
    outputs = [node for node in doctree.findall(nodes.container) if _is_output(node)]
    pictures = [node for node in outputs if _has_picture(node) and not _stands_apart(node)]
    for count, picture in enumerate(pictures, 1):
        figure = nodes.figure(ids=[f"picture-{count}"])
        picture.replace_self(figure)
        figure += picture
        figure += nodes.caption("", _heading(figure))


def _is_output(node: nodes.container) -> bool:
    return bool(node.get("nb_element") == "mime_bundle")


def _has_picture(node: nodes.Element) -> bool:
    """Whether an output has an image, or HTML with an image or a drawing."""
    html = [raw.astext() for raw in node.findall(nodes.raw) if raw.get("format") == "html"]
    drawn = any("<img" in text or "<svg" in text for text in html)
    return drawn or any(True for _ in node.findall(nodes.image))


def _stands_apart(node: nodes.Element) -> bool:
    """Whether a picture is in a solution, or has a caption of its own."""
    parent = node.parent
    while parent is not None:
        if isinstance(parent, nodes.figure) or "tag_solution" in parent.get("classes", []):
            return True
        parent = parent.parent
    return False


def _heading(node: nodes.Node) -> str:
    while not isinstance(node, nodes.section):
        node = node.parent
    return str(node[0].astext())


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", number_pictures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
