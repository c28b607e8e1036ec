"""Networks in ONNX files, for other engines and from them."""

from .reading import *
from .writing import *
