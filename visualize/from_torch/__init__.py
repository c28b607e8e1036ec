"""Graphs of PyTorch: recorded while torch computes, drawn as ours with torch's numbers."""
