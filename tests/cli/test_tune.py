"""`tune`: the record of the trials, and how it goes on."""

import json


def test_trials_are_recorded_and_gone_on_with(hypermaml, run, tmp_path):
    path = tmp_path / "folder" / "tuning.json"
    sizes = run.args[run.args.index("--iterations") :]
    args = ["tune", "sine", "--methods", "random", "--descriptor", "full", *sizes, "--out", path]
    outcome = hypermaml(*args)
    assert outcome.status == 0, outcome.errors
    record = json.loads(path.read_bytes())
    trials = record["methods"]["random"]["trials"]
    assert len(trials) == 8
    assert record["methods"]["random"]["best"] == min(trials, key=lambda trial: trial["score"])
    assert "random: trial 8 of 8" in outcome.errors
    assert f"score {min(trial['score'] for trial in trials):g}" in outcome.output

    again = hypermaml(*args)
    assert again.output == outcome.output
    assert "random: trial" not in again.errors
    other = hypermaml(*args, "--iterations", "5")
    assert (other.status, other.output) == (1, "")
    assert other.errors.splitlines()[-1].startswith(f"hypermaml: {path} holds trials of another budget")
