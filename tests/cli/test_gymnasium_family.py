"""A family of an environment from a user's file, on the command line."""

SOURCE = """
import hypermaml as hm

family = hm.GymnasiumFamily("Pendulum-v1", vary={"m": (0.5, 2.0)}, shots=1, horizon=4, hidden=(4,))
"""


def test_an_environment_of_a_file_is_compared(hypermaml, sizes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_env.py").write_text(SOURCE)
    outcome = hypermaml("compare", "my_env.py:family", "--methods", "random", "maml", "--seeds", "1", *sizes)
    assert outcome.status == 0, outcome.errors
    assert "return (higher is better) · meta-test" in outcome.output
    page = (tmp_path / "runs/my_env-quick/page.html").read_text()
    assert "Trajectories on held-out tasks" in page

    (tmp_path / "my_env.py").write_text(SOURCE.replace('"m"', '"mass"'))
    outcome = hypermaml("compare", "my_env.py:family", "--methods", "maml", "--out", "other", *sizes)
    assert outcome.status == 2
    assert "Pendulum-v1 has no parameter 'mass': near names are max_speed, m, max_torque" in outcome.sentence
    assert not (tmp_path / "other").exists()
