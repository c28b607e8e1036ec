"""Data: sets that ship with the package or can be had, IDX files, preparation, batches."""

from .catalogue import DATASETS, DatasetInfo, dataset_names
from .datasets import (
    Dataset,
    find_dataset,
    load_dataset,
    prepare_samples,
    read_images_and_labels,
)
from .download import cache_folder
from .idx import DataError, read_idx, write_idx
from .preparation import Split, batches, one_hot, scale_pixels, split, standardize
from .source import DataSource

__all__ = [
    "DATASETS",
    "DataError",
    "DataSource",
    "Dataset",
    "DatasetInfo",
    "Split",
    "batches",
    "cache_folder",
    "dataset_names",
    "find_dataset",
    "load_dataset",
    "one_hot",
    "prepare_samples",
    "read_idx",
    "read_images_and_labels",
    "scale_pixels",
    "split",
    "standardize",
    "write_idx",
]
