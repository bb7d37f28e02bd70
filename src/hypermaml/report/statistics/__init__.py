"""Means with Student's intervals, paired differences, the gain of adaptation, and what is clear of zero.

The seed is the unit of a claim about a method. An interval is Student's t over the means of the seeds, with seeds - 1
degrees of freedom; for a difference, over the seeds' mean differences on the same tasks. Tasks that more than one seed
was tested on come again in each of them: then the interval is that of crossed random effects of seeds and tasks, see
`hypermaml.report.statistics.crossed`. Which tasks are the same, their identity tells. A run that did not record it is
taken for one whose seeds have tasks of their own. With one seed the interval is over its tasks and says nothing of
other seeds. Two seeds decide almost nothing: t has one degree of freedom, and reaches 12.7 standard errors.

What is called clear of zero is corrected for the number of differences in a table, see
`hypermaml.report.statistics.holm`; the intervals that are shown are not.
"""

from hypermaml.report.statistics.crossed import Identity, Values
from hypermaml.report.statistics.estimate import Estimate, estimate, median, ratio
from hypermaml.report.statistics.holm import clear_of_zero
from hypermaml.report.statistics.paired import (
    OTHER,
    Gain,
    Row,
    controls,
    descriptor_differences,
    differences,
    gains,
    paired,
    summarize,
)

__all__ = [
    "OTHER",
    "Estimate",
    "Gain",
    "Identity",
    "Row",
    "Values",
    "clear_of_zero",
    "controls",
    "descriptor_differences",
    "differences",
    "estimate",
    "gains",
    "median",
    "paired",
    "ratio",
    "summarize",
]
