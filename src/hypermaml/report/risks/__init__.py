"""The report of the risks: a section for each, with a plot, figures and sentences that the figures decide."""
