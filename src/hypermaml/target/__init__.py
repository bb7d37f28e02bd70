"""Meta-training that goes on at test time, for one target, on the source tasks that count for it."""
