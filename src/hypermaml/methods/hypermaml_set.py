"""HyperMAML whose embedding is learned from the support set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.settings import HYPERMAML_BIBTEX, SetEncoderSettings


@dataclass(frozen=True)
class HyperMAMLSet(SetEncoderSettings, HyperMAML):
    """HyperMAML for tasks without a description: what it embeds is the support set, through a learned encoder."""

    bibtex: ClassVar[str] = HYPERMAML_BIBTEX
