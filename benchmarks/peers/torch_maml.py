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


def func_meta_gradient(model: nn.Module) -> Callable[..., dict[str, torch.Tensor]]:
    """The second-order meta-gradient by `torch.func`, vmapped over tasks: of (parameters by name, x, y)."""

    def loss(p, x, y):
        return (functional_call(model, p, (x,)) - y).square().mean()

    def task_loss(p, x, y):
        g = grad(loss)(p, x[:SHOTS], y[:SHOTS])
        adapted = {name: p[name] - INNER_LR * g[name] for name in p}
        return loss(adapted, x[SHOTS:], y[SHOTS:])

    def meta_loss(p, x, y):
        return vmap(task_loss, in_dims=(None, 0, 0))(p, x, y).mean()

    return grad(meta_loss)


def higher_meta_gradient(model: nn.Module) -> Callable[[torch.Tensor, torch.Tensor], None]:
    """The same by `higher`, one task after the other, left in the parameters' `grad`: of (x, y)."""
    inner = torch.optim.SGD(model.parameters(), lr=INNER_LR)

    def meta_gradient(x, y):
        model.zero_grad()
        for i in range(len(x)):
            with higher.innerloop_ctx(model, inner, copy_initial_weights=False, track_higher_grads=True) as (net, step):
                step.step(nn.functional.mse_loss(net(x[i, :SHOTS]), y[i, :SHOTS]))
                (nn.functional.mse_loss(net(x[i, SHOTS:]), y[i, SHOTS:]) / len(x)).backward()

    return meta_gradient


def torch_func(*, compiled: bool = False) -> Callable[[], None]:
    """A meta-iteration of MAML vmapped over tasks with `torch.func`.

    Args:
        compiled: pass the meta-gradient through `torch.compile`, which needs a C++ compiler; the first call compiles.
    """
    model = _model()
    params = {name: p.detach().clone().requires_grad_() for name, p in model.named_parameters()}
    optimizer = torch.optim.Adam(list(params.values()), lr=OUTER_LR, fused=True)
    eager = func_meta_gradient(model)
    meta_gradient = torch.compile(eager) if compiled else eager

    def iteration():
        g = meta_gradient({name: p.detach() for name, p in params.items()}, *_draw())
        for name, p in params.items():
            p.grad = g[name]
        optimizer.step()

    return iteration


def higher_loop() -> Callable[[], None]:
    """A meta-iteration of MAML with `higher` (`track_higher_grads=True`)."""
    model = _model()
    optimizer = torch.optim.Adam(model.parameters(), lr=OUTER_LR)
    meta_gradient = higher_meta_gradient(model)

    def iteration():
        meta_gradient(*_draw())
        optimizer.step()

    return iteration
