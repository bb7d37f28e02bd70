"""Write the report of the risks: six sections, each with figures, sentences and plots."""
