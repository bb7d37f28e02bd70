"""Record the pictures of the explorer: `python docs/pictures/explore.py RUN`, with Chromium and the extra `test`.

RUN is made by `hypermaml compare sine --methods maml hypermaml --descriptor partial --seeds 1 --out RUN`. Options of
`hypermaml explore` may follow it.
"""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/helpers"))
from browser import Browser, browser  # noqa: E402

OUT = ROOT / "docs/images"
COMMAND = [sys.executable, "-c", "from hypermaml.cli import main; main()", "explore"]
WIDTH, HEIGHT = 900, 600
SMALLER = 0.8  # of the frames
AMPLITUDE = 2.5  # to begin with
SLIDER = "document.querySelector('#description input[type=range]')"
READY = "document.body?.dataset.answers && !document.body.dataset.busy"


def frame(tab: Browser, pointer: tuple[float, float]) -> Image.Image:
    """Return the window with a mark where the pointer is."""
    tab.wait(READY)
    picture = Image.open(io.BytesIO(tab.picture(whole=False))).convert("RGB")
    x, y = pointer
    ImageDraw.Draw(picture, "RGBA").ellipse((x - 13, y - 13, x + 13, y + 13), fill=(20, 20, 20, 70))
    return picture.resize((round(WIDTH * SMALLER), round(HEIGHT * SMALLER)), Image.Resampling.LANCZOS)


def dragged(tab: Browser, at: tuple[float, float], ways: list[tuple[float, float]]) -> Iterator[Image.Image]:
    """Drag from a place along several ways, and yield a frame after each part."""
    x, y = at
    tab.mouse("mousePressed", x, y)
    yield frame(tab, (x, y))
    for right, down in ways:
        for _ in range(9):
            x, y = x + right / 9, y + down / 9
            tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1)
            yield frame(tab, (x, y))
    tab.mouse("mouseReleased", x, y)


def record(address: str) -> None:
    """Write the picture of the page and the short film of two drags."""
    with TemporaryDirectory() as profile, browser(profile) as tab:
        tab.size(1100, 800)
        tab.go(address)
        tab.wait(READY)
        tab.value(f"((range) => {{ range.value = {AMPLITUDE}; range.dispatchEvent(new Event('input')); }})({SLIDER})")
        tab.wait(READY)
        shot = Image.open(io.BytesIO(tab.picture())).convert("RGB")
        shot.quantize(128).save(OUT / "explore.png", optimize=True)
        tab.size(WIDTH, HEIGHT)
        tab.wait(READY)
        slider = tab.value(f"{SLIDER}.getBoundingClientRect().toJSON()")
        share = tab.value(f"((range) => (range.value - range.min) / (range.max - range.min))({SLIDER})")
        thumb = (slider["x"] + 8 + share * (slider["width"] - 16), slider["y"] + slider["height"] / 2)
        long = 0.35 * slider["width"] * (1 if share < 0.5 else -1)
        frames = list(dragged(tab, thumb, [(long, 0), (-0.6 * long, 0)]))
        point = tab.value("document.querySelector('.handle').getBoundingClientRect().toJSON()")
        middle = (point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
        frames += list(dragged(tab, middle, [(15, -80), (20, 110)]))
    # One palette for all frames: what rests costs nothing.
    palette = frames[len(frames) // 2].quantize(96, method=Image.Quantize.FASTOCTREE)
    first, *others = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in frames]
    first.save(OUT / "explore.gif", save_all=True, append_images=others, duration=110, loop=0, optimize=True)


def main() -> None:
    """Serve the run, and record."""
    command = [*COMMAND, *sys.argv[1:], "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            record(process.stdout.readline().split()[1])
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
