"""PyTorch peers for the sine benchmark: second-order MAML by `torch.func` and by `higher`.

Both run the meta-iteration that `benchmarks/sine.py` times: draw the tasks and their data, adapt by one inner step,
take the second-order meta-gradient, and update with Adam.
"""

import math
from collections.abc import Callable

import higher
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

TASKS, SHOTS, INNER_LR, OUTER_LR = 25, 10, 0.01, 1e-3


def _model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))


def _draw() -> tuple[torch.Tensor, torch.Tensor]:
    """Draw the inputs and targets of all tasks, `[TASKS, 2 * SHOTS, 1]` each; support first, then query."""
    amplitude = torch.rand(TASKS, 1, 1) * 4.9 + 0.1
    phase = torch.rand(TASKS, 1, 1) * math.pi
    x = torch.rand(TASKS, 2 * SHOTS, 1) * 10 - 5
    return x, amplitude * torch.sin(x - phase)


def torch_func(*, compiled: bool = False) -> Callable[[], None]:
    """A meta-iteration of MAML vmapped over tasks with `torch.func`.

    Args:
        compiled: pass the meta-gradient through `torch.compile`, which needs a C++ compiler; the first call compiles.
    """
    model = _model()
    params = {name: p.detach().clone().requires_grad_() for name, p in model.named_parameters()}
    optimizer = torch.optim.Adam(list(params.values()), lr=OUTER_LR, fused=True)

    def loss(p, x, y):
        return (functional_call(model, p, (x,)) - y).square().mean()

    def task_loss(p, x, y):
        g = grad(loss)(p, x[:SHOTS], y[:SHOTS])
        adapted = {name: p[name] - INNER_LR * g[name] for name in p}
        return loss(adapted, x[SHOTS:], y[SHOTS:])

    def meta_loss(p, x, y):
        return vmap(task_loss, in_dims=(None, 0, 0))(p, x, y).mean()

    meta_gradient = torch.compile(grad(meta_loss)) if compiled else grad(meta_loss)

    def iteration():
        x, y = _draw()
        g = meta_gradient({name: p.detach() for name, p in params.items()}, x, y)
        for name, p in params.items():
            p.grad = g[name]
        optimizer.step()

    return iteration


def higher_loop() -> Callable[[], None]:
    """A meta-iteration of MAML with `higher` (`track_higher_grads=True`), one task after the other."""
    model = _model()
    optimizer = torch.optim.Adam(model.parameters(), lr=OUTER_LR)
    inner = torch.optim.SGD(model.parameters(), lr=INNER_LR)

    def iteration():
        x, y = _draw()
        optimizer.zero_grad()
        for i in range(TASKS):
            with higher.innerloop_ctx(model, inner, copy_initial_weights=False, track_higher_grads=True) as (net, step):
                step.step(nn.functional.mse_loss(net(x[i, :SHOTS]), y[i, :SHOTS]))
                (nn.functional.mse_loss(net(x[i, SHOTS:]), y[i, SHOTS:]) / TASKS).backward()
        optimizer.step()

    return iteration
