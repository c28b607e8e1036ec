"""Data: the sets that ship with the package, IDX files, one-hot labels, batches."""

from .datasets import Dataset, dataset_names, load_dataset, read_images_and_labels
from .idx import DataError, read_idx, write_idx
from .preparation import batches, one_hot, scale_pixels

__all__ = [
    "DataError",
    "Dataset",
    "batches",
    "dataset_names",
    "load_dataset",
    "one_hot",
    "read_idx",
    "read_images_and_labels",
    "scale_pixels",
    "write_idx",
]
