"""Compare methods of battery dispatch on your own sites: `python examples/own_sites.py FOLDER [TIMEZONE]`.

Each site is a CSV or Parquet file with the columns time, load, pv and wind, in kW. Without a folder, four synthetic
sites are written to `runs/sites` and used. The same from the command line:

    hypermaml compare power --data FOLDER --timezone Europe/Berlin --methods maml hypermaml
"""

import csv
import sys
from pathlib import Path

import numpy as np

import hypermaml as hm
from hypermaml.data.power.synthetic import synthetic
from hypermaml.experiments.power import PowerExperiment

PEAKS = {"home": 12.0, "office": 80.0, "shop": 45.0, "hotel": 150.0}  # kW


def write_sites(folder: Path) -> None:
    """Write a year of each site in kW by quarter hours, in local standard time."""
    made = synthetic()
    folder.mkdir(parents=True, exist_ok=True)
    times = made.dates[:, None] + (np.arange(96) * 15).astype("timedelta64[m]")
    for number, (name, peak) in enumerate(PEAKS.items()):
        load = peak * made.load.values[made.load.names.index(name)]
        curves = (load, peak * made.pv.values[number], 0.5 * peak * made.wind.values[number])
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["time", "load", "pv", "wind"])
            writer.writerows(
                (f"{time}+01:00", *(f"{value:.3f}" for value in row))
                for time, row in zip(times.ravel(), np.stack(curves, axis=-1).reshape(-1, 3), strict=True)
            )


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs", "sites")
    if len(sys.argv) == 1:
        write_sites(folder)
    experiment = PowerExperiment(data=str(folder), timezone="".join(sys.argv[2:3]))
    settings, size = experiment.settings(), experiment.presets["quick"]
    run = hm.compare(
        {name: settings[name] for name in ("maml", "hypermaml")},
        experiment.family("full"),
        iterations=size.iterations,
        meta_batch=size.meta_batch,
        seeds=1,
        tasks=size.test_tasks,
        out="runs/own-sites",
        resume=True,
    )
    print(run.table())
