"""Data: embedded photographs, the papers' data sets, and batches that live on the device."""

from huelab.color.batch import Batch, to_batch
from huelab.data.batches import Batches, generator_for
from huelab.data.cache import hash_pixels
from huelab.data.catalog import DatasetInfo, describe, names
from huelab.data.datasets import PhotoSet, fetch, open_dataset
from huelab.data.errors import DataError
from huelab.data.photographs import PHOTOGRAPHS, Photograph
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
    "to_batch",
]
