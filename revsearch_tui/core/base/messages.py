"""Messages between the program and processes of its own: a JSON header and a block of bytes, both with a length."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any, TypeAlias

_FRAME = struct.Struct("<4sIQ")
_MAGIC = b"RVS1"

Block: TypeAlias = "bytes | bytearray | memoryview"


def write_message(stream: IO[bytes], header: Mapping[str, Any], *blocks: Block, flush: bool = True) -> None:
    """Write one message and flush it, unless more follow at once; the blocks arrive as one.

    Raises OSError where the other side is gone.
    """
    text = json.dumps(header).encode()
    length = sum(memoryview(block).nbytes for block in blocks)
    stream.write(_FRAME.pack(_MAGIC, len(text), length) + text)
    for block in blocks:
        stream.write(block)
    if flush:
        stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """The next message. Raises EOFError where the other side is gone, ValueError where it talks nonsense."""
    magic, header_length, payload_length = _FRAME.unpack(_read(stream, _FRAME.size))
    if magic != _MAGIC:
        raise ValueError("not a message")
    header = json.loads(_read(stream, header_length))
    return header, _read(stream, payload_length)


def _read(stream: IO[bytes], length: int) -> bytes:
    # A buffered stream reads into the one block that it gives back: a large file is in memory once.
    data = stream.read(length)
    if len(data) < length:
        raise EOFError("the other side is gone")
    return data
