"""Pictures of language tasks: which questions are answered rightly, before and after adaptation."""

import textwrap
from functools import cache

import matplotlib
import numpy as np
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D

from hypermaml.report.looks import Looks
from hypermaml.report.plots.panels import Traces, methods_of
from hypermaml.report.plots.style import INK, PAPER, SETTINGS, Plot, grid, legend
from hypermaml.report.scope import described

ABSENT = "\N{WHITE SQUARE}"  # for a character that the font has not


def plot_questions(traces: Traces, looks: Looks, *, descriptor: str) -> Plot:
    """Draw the questions of each task, one a row, and of each method whether it answers them.

    Args:
        traces: `task` (task), `asked` and `truth` (task, question), all texts, and `questions/METHOD` (task, step,
            question), 1 for a right answer.
        looks: of the methods.
        descriptor: of the tasks.
    """
    methods = methods_of(traces, "questions/", looks)
    names, asked, truth = (np.asarray(traces[name]) for name in ("task", "asked", "truth"))
    with matplotlib.rc_context(SETTINGS):
        size = {"width": 5.5 + 0.5 * len(methods), "height": 0.6 + 0.28 * asked.shape[1]}
        figure, axes = grid(len(names), 1, **size, share=False)
        for task, (panel,) in enumerate(axes):
            for column, method in enumerate(methods):
                right = np.asarray(traces[f"questions/{method}"])[task]
                for shift, step in ((-0.16, 0), (0.16, -1)):
                    for row, good in enumerate(right[step] > 0.5):
                        color = looks[method].color
                        fill = color if good else PAPER
                        panel.plot(column + shift, row, "s", color=color, markerfacecolor=fill, markersize=6)
            panel.set_title(drawable(str(names[task])), parse_math=False)
            panel.set(xlim=(-0.5, len(methods) - 0.5), ylim=(asked.shape[1] - 0.5, -0.5))
            panel.set_xticks(range(len(methods)), [looks.label(method) for method in methods], rotation=20, ha="right")
            rows = [f"{shortened(q, 46)} → {shortened(a, 22)}" for q, a in zip(asked[task], truth[task], strict=True)]
            panel.set_yticks(range(len(rows)), rows, fontsize=8.5, parse_math=False)
            panel.tick_params(length=0)
            panel.grid(visible=False)
        marks = [
            Line2D([], [], color=INK, marker="s", linestyle="", markerfacecolor=face, label=told)
            for face, told in ((INK, "right"), (PAPER, "wrong"))
        ]
        legend(figure, marks)
    caption = (
        "Held-out tasks: each row is a question with its right answer, and of each method the left mark tells whether "
        "it answers before the first inner step, the right one after the last. Long texts are cut."
    )
    return Plot(f"questions_{descriptor}", f"Questions of held-out tasks ({described(descriptor)})", caption, figure)


def shortened(text: object, width: int) -> str:
    """Return one line of at most so many characters, all of which can be drawn."""
    return drawable(textwrap.shorten(" / ".join(str(text).split("\n")), width, placeholder="…"))


def drawable(text: str) -> str:
    """Return the text, with a square for each character that the font has not."""
    return "".join(letter if ord(letter) in _characters() else ABSENT for letter in text)


@cache
def _characters() -> frozenset[int]:
    return frozenset(FT2Font(findfont("DejaVu Sans")).get_charmap())
