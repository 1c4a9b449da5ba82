"""The hub: finding a model on this machine, fetching it, and weighing it.

A model is fetched by `seedbed models pull`, never by a server: what is missing is said.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

INDEX = "model_index.json"
WANTED = (INDEX, "*/*.json", "*/*.safetensors", "*/*.txt", "*/*.model", "*/*.jinja")
"""The files that a pipeline is loaded from; a repository may hold the same weights again in one
large file beside them, and in other programs' formats."""
INSTALL = "pip install 'seedbed[diffusers]'"
NO_SPACE = 28
TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2", "requests")
"""The packages whose errors the hub's client lets through when nothing answers."""
LONGEST_HEADER = 100_000_000
"""Bytes; the format allows no more."""


class NotHere(Exception):
    """The model is not on this machine, or not whole; the text says what to do."""


class PullFailed(Exception):
    """The model could not be fetched; the text says why, in one line."""


def locate(source: str, revision: str | None = None, cache_dir: str | None = None) -> Path:
    """Give the folder of a model: `source` itself, or where the hub's id was fetched to.

    Raises `NotHere`.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return _whole(folder, source)
    if is_path(source):
        raise NotHere(f"there is no folder {source}")
    found = _hub().try_to_load_from_cache(source, INDEX, cache_dir, revision)
    if not isinstance(found, str):
        raise NotHere(
            f"model {source} is not on this machine; `seedbed models pull {source}` fetches it"
        )
    return Path(found).parent


def index_of(folder: Path) -> dict[str, Any]:
    """Read what a model's `model_index.json` says; raises `NotHere` for one that says nothing."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NotHere(f"{folder / INDEX} cannot be read") from error
    if not isinstance(index, dict):
        raise NotHere(f"{folder / INDEX} is no table")
    return index


def native_pixels(folder: Path) -> int | None:
    """Tell how many pixels a model with a UNet was made for; None where its parts do not say."""
    try:
        sample = json.loads((folder / "unet" / "config.json").read_text("utf-8"))["sample_size"]
        blocks = json.loads((folder / "vae" / "config.json").read_text("utf-8"))
        edge: int = int(sample) * 2 ** (len(blocks["block_out_channels"]) - 1)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return edge * edge


def parameters(folder: Path, variant: str | None = None) -> dict[str, int]:
    """Count the parameters of each part, by the headers of its files of weights."""
    counts = {}
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        everything = sorted(part.glob("*.safetensors"))
        chosen = [one for one in everything if variant and f".{variant}" in one.name]
        plain = [one for one in everything if ".fp16" not in one.name]
        if total := sum(_parameters_in(one) for one in chosen or plain or everything):
            counts[part.name] = total
    return counts


def pull(
    source: str,
    *,
    revision: str | None = None,
    cache_dir: str | None = None,
    variant: str | None = None,
) -> Path:
    """Fetch a model from the hub, or what of it is missing; gives its folder.

    Shows bars of how far it is on stderr. Raises `PullFailed`, and `ModuleNotFoundError` with
    what to install.
    """
    hub = _hub()
    with _explained(source, hub):
        found = hub.HfApi().model_info(source, revision=revision, files_metadata=True)
        sizes = {file.rfilename: file.size or 0 for file in found.siblings}
        if INDEX not in sizes:
            raise PullFailed(f"{source} is no diffusers model: it has no {INDEX}")
        unwanted = _unwanted(list(sizes), variant)
        wanted = [name for name in sizes if _is_wanted(name) and name not in unwanted]
        missing = {
            name: sizes[name]
            for name in wanted
            if not isinstance(hub.try_to_load_from_cache(source, name, cache_dir, found.sha), str)
        }
        _check_space(source, sum(missing.values()), cache_dir or hub.constants.HF_HUB_CACHE)
        return Path(
            hub.snapshot_download(
                source, revision=revision, cache_dir=cache_dir, allow_patterns=wanted
            )
        )


def _is_wanted(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in WANTED)


def _unwanted(names: list[str], variant: str | None) -> frozenset[str]:
    """Choose the files of weights that the variant makes superfluous, or that others are for."""
    weights = [name for name in names if name.endswith(".safetensors") and "/" in name]
    special = [name for name in weights if variant and f".{variant}." in name]
    parts = {name.split("/")[0] for name in special}
    return frozenset(
        name
        for name in weights
        if name not in special
        and (name.split("/")[0] in parts or ".fp16." in name or ".non_ema." in name)
    )


def _check_space(source: str, needed: int, cache: str) -> None:
    folder = Path(cache).expanduser()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise PullFailed(
            f"{source} needs {needed / 1e9:,.1f} GB more on the disk, where {free / 1e9:,.1f} GB "
            "are free; --cache-dir names another folder"
        )


@contextmanager
def _explained(source: str, hub: Any) -> Iterator[None]:
    """Turn what the hub's client raises into one line each."""
    errors = hub.errors
    try:
        yield
    except errors.GatedRepoError as error:
        raise PullFailed(
            f"{source} is gated: accept its licence on its page with your account, then log in "
            "with `hf auth login` or set HF_TOKEN"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise PullFailed(
            f"the hub has no {source}, or your account may not see it; a private one needs HF_TOKEN"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise PullFailed(f"{source} has no such revision") from error
    except errors.HFValidationError as error:
        raise PullFailed(
            f"{source!r} is no hub id; it looks like `organisation/name`, or is a profile's name"
        ) from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "no status")
        raise PullFailed(f"the hub answered {status} for {source}; try again later") from error
    except OSError as error:
        if error.errno == NO_SPACE:
            raise PullFailed(f"no space is left on the disk for {source}") from error
        raise PullFailed(f"the hub cannot be reached: {_reason(error)}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise PullFailed("the hub's answer is none that its client understands") from error
    except Exception as error:
        if type(error).__module__.split(".")[0] in TRANSPORTS:
            raise PullFailed(f"the hub cannot be reached: {_reason(error)}") from error
        raise


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _whole(folder: Path, source: str) -> Path:
    if not (folder / INDEX).is_file():
        raise NotHere(f"{source} is no diffusers model: it has no {INDEX}")
    return folder


def is_path(source: str) -> bool:
    """Tell whether a source is meant as a folder and not as an id of the hub."""
    return source.startswith(("/", ".", "~")) or source.count("/") != 1


def _parameters_in(path: Path) -> int:
    """Count the numbers in a file, by its header alone."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header: Mapping[str, Any] = json.loads(file.read(min(length, LONGEST_HEADER)))
        shapes = [one["shape"] for name, one in header.items() if name != "__metadata__"]
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return 0  # loading it will say what is wrong
    total = 0
    for shape in shapes:
        count = 1
        for edge in shape:
            count *= int(edge)
        total += count
    return total


def _hub() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"models are fetched by huggingface_hub: {INSTALL}") from error
    return huggingface_hub
