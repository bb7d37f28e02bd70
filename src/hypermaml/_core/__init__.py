"""The core: families of tasks, methods, the inner and the outer loop, evaluation."""
