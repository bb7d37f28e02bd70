"""Hooks of mkdocs: the pages that are not files below `docs/`, and the links to them."""

import os
import re
import subprocess
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]
import reference  # noqa: E402

LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
# What pages link to outside of docs/. On the site it lies below this folder.
OUTSIDE = ("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "NOTICE", "benchmarks/results")
FOLDER = "repository"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Enter the pages of the reference and of each method in the navigation."""
    methods = [f"methods/{name}.md" for name in reference.import_module("hypermaml.methods")._CLASSES]
    for part in config.nav or ():
        for title, pages in part.items():
            if title == "API reference":
                part[title] = reference.navigation()
            elif title == "Choose":
                next(each["Methods"] for each in pages if "Methods" in each).extend(methods)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the reference, and the files outside of `docs/`."""
    for path, text in reference.pages().items():
        files.append(File.generated(config, path, content=text))
    listed = subprocess.run(["git", "ls-files", *OUTSIDE], cwd=ROOT, capture_output=True, text=True, check=True)
    for path in listed.stdout.splitlines():
        files.append(File.generated(config, f"{FOLDER}/{path}", abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links of a page to where their files lie on the site; keep the files outside out of the search."""
    here = page.file.src_uri
    if outside := here.startswith(f"{FOLDER}/"):
        page.meta["search"] = {"exclude": True}
    source = here.removeprefix(f"{FOLDER}/") if outside else f"docs/{here}"
    return LINK.sub(lambda link: f"]({link_to(link[1], source, here)}{link[2] or ''})", markdown)


def link_to(link: str, source: str, here: str) -> str:
    """Return a link as the site has it.

    Args:
        link: as the page has it, without the heading.
        source: path of the page in the repository.
        here: path of the page on the site, before it is rendered.
    """
    if "://" in link:
        return link
    target = os.path.normpath(os.path.join(os.path.dirname(source), link))
    place = target.removeprefix("docs/") if target.startswith("docs/") else f"{FOLDER}/{target}"
    return os.path.relpath(place, os.path.dirname(here) or ".")
