"""Data: embedded photographs, the papers' data sets, and batches made on the device."""

from huelab.color.batch import Batch, to_batch
from huelab.data.batches import Batches, generator_for
from huelab.data.datasets import DatasetInfo, describe, fetch, names, open_dataset
from huelab.data.decode import PhotoSet, hash_pixels
from huelab.data.embedded import PHOTOGRAPHS, Photograph, open_photographs
from huelab.data.source import DataError
from huelab.storage import cache_dir, data_dir

__all__ = [
    "PHOTOGRAPHS",
    "Batch",
    "Batches",
    "DataError",
    "DatasetInfo",
    "PhotoSet",
    "Photograph",
    "cache_dir",
    "data_dir",
    "describe",
    "fetch",
    "generator_for",
    "hash_pixels",
    "names",
    "open_dataset",
    "open_photographs",
    "to_batch",
]
