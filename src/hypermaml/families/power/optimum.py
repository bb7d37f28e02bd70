"""The optimum of a day: perfect foresight, by linear programming."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from hypermaml._misc.installation import install
from hypermaml.families.power.battery import EFFICIENCY, HOURS, START, WEAR, Day


class Optimum(NamedTuple):
    """The optimum of a day.

    Attributes:
        saving: over a day without a battery, in €.
        power: into the battery (above 0) or out of it, in kW at the meter.
        energy: in the battery after each quarter hour, in kWh.
    """

    saving: float
    power: Float[np.ndarray, " step"]
    energy: Float[np.ndarray, " step"]


def optimum(day: Day) -> Optimum:
    """Solve a day with HiGHS, in double precision.

    Variables of each quarter hour are the power of charging and of discharging and import and export, all at least 0,
    and one for the highest import of the day. The cost is that of `Battery`. Charging and discharging, or importing and
    exporting, in the same quarter hour never pays as long as export earns less than the lowest price, so that the
    optimum is one of the battery's.

    Args:
        day: in NumPy, one and not stacked.

    Raises:
        ModuleNotFoundError: SciPy is not installed.
        RuntimeError: HiGHS found no optimum, which a day in its limits always has.
    """
    try:
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, diags_array, hstack, vstack
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"perfect foresight needs SciPy: {install('power')}") from None
    load, pv, wind, price = (np.asarray(each, float) for each in (day.load, day.pv, day.wind, day.price))
    net, steps = load - pv - wind, len(load)
    export, demand, capacity, power = (float(each) for each in (day.export, day.demand, day.capacity, day.power))
    inward, outward, one = EFFICIENCY * HOURS, HOURS / EFFICIENCY, diags_array(np.ones(steps))
    stored, first = price.min() / EFFICIENCY, START * capacity
    ones, nothing = np.ones(steps), csr_array((steps, 1))
    cost = [(WEAR - stored) * inward * ones, (WEAR + stored) * outward * ones, price * HOURS, -export * HOURS * ones]
    # The grid covers the net load and the battery.
    balance = hstack([-one, one, one, -one, nothing])
    # The charge after each quarter hour lies between empty and full.
    sums = csr_array(np.tril(np.ones((steps, steps))))
    charge = hstack([inward * sums, -outward * sums, csr_array((steps, 2 * steps)), nothing])
    peaks = hstack([csr_array((steps, 2 * steps)), one, csr_array((steps, steps)), -csr_array(np.ones((steps, 1)))])
    found = linprog(
        np.concatenate([*cost, [demand]]),
        A_ub=vstack([charge, -charge, peaks]),
        b_ub=np.concatenate([(capacity - first) * ones, first * ones, 0 * ones]),
        A_eq=balance,
        b_eq=net,
        bounds=[(0, power)] * (2 * steps) + [(0, None)] * (2 * steps + 1),
        method="highs",
    )
    if found.x is None:
        raise RuntimeError(f"no optimum of a day was found: {found.message}")
    charged, discharged = found.x[:steps], found.x[steps : 2 * steps]
    idle = HOURS * np.where(net > 0, price, export) @ net + demand * max(net.max(), 0.0)
    energy = first + np.cumsum(inward * charged - outward * discharged)
    return Optimum(float(idle - found.fun), charged - discharged, energy)
