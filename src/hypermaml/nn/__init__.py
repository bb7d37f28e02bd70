"""Networks: layers, likelihoods of outputs, wrappers around a network."""
