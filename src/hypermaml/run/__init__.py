"""Run folders, locks, checkpoints and metric logs: what a training run leaves on disk.

Generic: it knows trees of arrays, numbers and names, and nothing of meta-learning. No module here imports JAX, orbax or
tensorboardX before it needs them.
"""
