"""Plain words for readers who meet the methods for the first time."""

from collections.abc import Sequence

from hypermaml.report.plots.style import label
from hypermaml.report.tables import Table

INTRODUCTION = (
    "Every method gets a held-out task, a little data of it, and a few gradient steps (inner steps) to adapt. Step 0 "
    "is the model before it has adapted. HyperMAML generates the initial weights from a description of the task and "
    "is trained through the inner steps; the other methods show which part of that helps. Tasks of the meta-test "
    "split come from the region of training; tasks of the extrapolation split come from a region that was held out."
)
_WORDS = {
    "random": "fresh random weights, then gradient steps; the lower anchor",
    "pretrained": "one model trained on all tasks at once, then fine-tuned",
    "oracle": "a model that is given the true task as an input, then fine-tuned; the upper anchor",
    "maml": "one initialization for all tasks, trained through its inner steps",
    "fomaml": "MAML without second derivatives",
    "reptile": "one initialization, moved towards where the inner steps on each task lead",
    "imaml": "one initialization; inner steps to a point held near it, differentiated there and not through the steps",
    "anil": "MAML whose inner steps change the last layer alone",
    "cavia": "MAML whose inner steps change a few further inputs alone",
    "meta_sgd": "MAML with a learned inner rate for each weight",
    "maml_plus_plus": "MAML with rates learned by layer and step, a loss after each step, and schedules",
    "maml_en_llm": "MAML whose inner steps are Adam's, from the moments of the outer loop's Adam",
    "leo": "the support set is encoded; inner steps change the code first, then the last layer",
    "meta_networks": "gradients on the support set become fast weights, which each input reads from a memory",
    "multi_maml": "one MAML for each kind of task, the kind told by an oracle",
    "mmaml": "MAML on features that an encoding of the support set scales and shifts",
    "weighted_maml": "MAML that trains on, for each target, on the mixture of source tasks that looks most like it",
    "tasml": "MAML that trains on, for each target, on the source tasks most like it and on the target's support set",
    "hypermaml": "a network generates the initialization from the task's descriptor, trained through the inner steps",
    "hypermaml_set": "HyperMAML that reads the support set through a learned encoder, and no descriptor",
    "hypermaml_anil": "HyperMAML whose inner steps change the last layer alone",
    "hypermaml_meta_sgd": "HyperMAML with a learned inner rate for each weight",
    "hypermaml_maml_plus_plus": "HyperMAML with the remedies of MAML++",
    "hypermaml_first_order": "HyperMAML without second derivatives",
    "hypernet": "the same generator, trained on step 0 alone: conditioning without adaptation",
    "ha_hypernetwork": "one small generator shared by all pieces of the weights, trained on step 0 alone",
    "hypermaml_constant": "the same generator with a constant descriptor: its size alone",
    "conditioned": "MAML with the descriptor as a further input",
    "conditioned_pretrained": "the descriptor as a further input, trained on step 0 alone",
}


def methods_table(methods: Sequence[str]) -> Table:
    """What each method is, in a line."""
    rows = tuple((method, label(method), _WORDS.get(method, "")) for method in methods)
    return Table("The methods of this run", ("name", "in plots", "what it is"), rows)
