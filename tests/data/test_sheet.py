import io

import numpy as np
from PIL import Image

from hypermaml.data.cache import load_small
from hypermaml.data.sheet import contact_sheet


def test_a_sheet_has_a_row_for_each_alphabet():
    small = load_small()
    with Image.open(io.BytesIO(contact_sheet(small, columns=4))) as sheet:
        assert sheet.format == "PNG"
        pixels = np.asarray(sheet)
    assert pixels.shape == (12 * 32, 180 + 4 * 32)
    rows = pixels[:, 180:].reshape(12, 32, 4, 32)
    np.testing.assert_array_equal(255 - rows[0, 2:30, 1, :28], small.images[3][1])  # images of different drawings
    assert (pixels[:, :180].reshape(12, 32, 180).min((1, 2)) < 100).all()
