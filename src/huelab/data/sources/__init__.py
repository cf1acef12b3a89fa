"""Where data sets come from: official places, committed listings, and what needs a hand."""

from huelab.data.sources.registry import KNOWN, OPEN, Known, fetch, how_to_get, listing_of

__all__ = ["KNOWN", "OPEN", "Known", "fetch", "how_to_get", "listing_of"]
