"""`train`: one method with settings of one's own, in the same kind of run folder."""

import json


def test_settings_of_the_method(hypermaml, run, tmp_path):
    folder = tmp_path / "run"
    sizes = run.args[run.args.index("--iterations") :]
    outcome = hypermaml("train", "sine", "hypermaml", "--seed", "3", "--inner-lr", "0.05", *sizes, "--out", folder)
    assert outcome.status == 0, outcome.errors
    assert outcome.errors.startswith(
        "Training hypermaml on sine: descriptor full, seed 3, 4 meta-iterations of 2 tasks"
    )
    config = json.loads((folder / "config.json").read_bytes())["config"]
    assert config["seeds"] == [3]
    assert config["methods"]["hypermaml"]["inner_lr"] == 0.05
    assert (folder / "summary.json").exists()
    assert "meta-test" in hypermaml("eval", folder).output
