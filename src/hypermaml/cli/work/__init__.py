"""Do the work of each verb, once its options are read. JAX is loaded here, and not before."""
