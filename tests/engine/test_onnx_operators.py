"""The table of operations as ONNX's operators, run by onnxruntime."""
