"""One open network for all methods of this process that run the same model on the same device."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revsearch_onnx.network import Device, TrainedNetwork, choose_device, open_network

if TYPE_CHECKING:
    from revsearch_tui.api import ModelFile


@dataclass(slots=True)
class _Share:
    network: TrainedNetwork
    users: int = 0


_shares: dict[tuple[str, Device], _Share] = {}
_lock = threading.Lock()


def acquire(model: ModelFile, device: str) -> TrainedNetwork:
    """The network of a model, opened when it is not open yet. Each call wants its `release`. Raises as opening does."""
    key = (model.sha256, choose_device(device))
    with _lock:
        share = _shares.get(key)
        if share is None:
            share = _shares[key] = _Share(open_network(model, device))
        share.users += 1
        return share.network


def release(network: TrainedNetwork) -> None:
    """Give back what `acquire` gave; the last one to do so closes the session."""
    with _lock:
        for key, share in list(_shares.items()):
            if share.network is network:
                share.users -= 1
                if share.users == 0:
                    del _shares[key]


def open_networks() -> int:
    """How many networks are open in this process."""
    with _lock:
        return len(_shares)
