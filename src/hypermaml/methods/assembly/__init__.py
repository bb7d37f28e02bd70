"""The pieces that several methods are assembled from, by topic."""
