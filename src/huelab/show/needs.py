"""The time and memory that a chapter needs, from the record of its last timed run."""

from huelab import records
from huelab.show.bundle import Bundle
from huelab.show.text import table

RECIPE = "bench-chapters"


def needs(chapter: str) -> Bundle:
    """Time and memory that a chapter took, as recorded by `huelab bench chapters`.

    Args:
        chapter: name of the chapter's file without suffix, such as `"02_lab"`.

    Returns:
        A table with a row for each record that has the chapter, or a table that says that there is
        none.

    Example:
        >>> "not recorded yet" in repr(needs("99_no_such_chapter"))
        True
    """
    rows = []
    for record in records.find(RECIPE):
        found = {m.name: m.value for m in record.metrics}
        if f"seconds: {chapter}" in found:
            rows.append(
                {
                    "profile": record.config["profile"],
                    "device": f"{record.device}, {record.environment['threads']} threads",
                    "seconds": found[f"seconds: {chapter}"],
                    "memory, MB": found[f"peak_mb: {chapter}"],
                }
            )
    caption = "What this chapter took"
    if not rows:
        return table([{"time and memory": "not recorded yet"}], caption=caption)
    formats = {"seconds": ".0f", "memory, MB": ",.0f"}
    return table(rows, formats=formats, caption=caption)
