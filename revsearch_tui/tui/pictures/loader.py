"""Fetch and draw pictures in a few worker threads: from memory, from the thumbnail cache, else from the file."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.api import PictureError, ReaderInfo, RevsearchError
from revsearch_tui.core.images.limits import PIXEL_LIMIT
from revsearch_tui.tui.frame_first import FrameFirst
from revsearch_tui.tui.messages import PictureDrawn
from revsearch_tui.tui.part_box import PartBox
from revsearch_tui.tui.pictures.drawing import Drawing, Renderer
from revsearch_tui.tui.pictures.kept import Kept

if TYPE_CHECKING:
    from PIL.Image import Image

    from revsearch_tui.core.images.decoded_picture import Decoded
    from revsearch_tui.core.images.pool import DecodePool

THREADS = 2
BUDGET_BYTES = 100_000_000
"""That pictures may take in memory; a few more where a single one is larger than its share."""
_THUMBNAILS_SHARE, _DRAWINGS_SHARE = 0.32, 0.6
"""Of that; the rest is for colours that drawings share."""
_BYTES_A_CELL = 830
"""Measured: a cell of two colours, most of which are in no other cell."""


class PictureKey(NamedTuple):
    """A picture at a size in cells. `image_id` is empty where the file was not hashed yet; `part` is the box that is
    drawn on it."""

    image_id: str
    path: Path
    width: int
    height: int
    part: PartBox | None = None


class PictureLoader:
    """Draws pictures on request; answers with `PictureDrawn`. Requests come from one thread."""

    def __init__(
        self,
        renderer: Renderer | None,
        thumbnails: Path,
        readers: Callable[[], Sequence[ReaderInfo]],
        max_pixels: int = PIXEL_LIMIT,
    ) -> None:
        self.renderer, self.frame = renderer, FrameFirst()
        self._max_pixels = max_pixels
        self._folder, self._readers = thumbnails, readers
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="pictures")
        self._images = Kept[str, "Image"](int(BUDGET_BYTES * _THUMBNAILS_SHARE), _image_bytes)
        self._drawings = Kept[PictureKey, Drawing](int(BUDGET_BYTES * _DRAWINGS_SHARE), _drawing_bytes)
        self._kept = ("", b"")
        self._lock = threading.Lock()
        self._waiting: dict[PictureKey, Future[None]] = {}
        self._asking: dict[PictureKey, list[Callable[[PictureDrawn], object]]] = {}
        self._others: list[Future[None]] = []
        self._decoder: DecodePool | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        self._others = [future for future in self._others if not future.done()]
        return not self._others and all(future.done() for future in self._waiting.values())

    @property
    def taken_bytes(self) -> int:
        """That pictures take in memory."""
        with self._lock:
            return self._images.taken + self._drawings.taken

    def drawing(self, key: PictureKey) -> Drawing | None:
        """The drawing, if it is there already."""
        with self._lock:
            return self._drawings.get(key)

    def request(self, key: PictureKey, post: Callable[[PictureDrawn], object]) -> None:
        """Draw in the background, once however many ask for it while it is on its way; all of them are told."""
        if self.renderer is None:
            return
        with self._lock:
            asking = self._asking.get(key)
            if asking is not None:
                asking += [post] if post not in asking else []
                return
            self._asking[key] = [post]
        self._waiting = {other: future for other, future in self._waiting.items() if not future.done()}
        self._waiting[key] = self._executor.submit(self._draw, key)

    def keep(self, image_id: str, data: bytes) -> None:
        """Draw this picture from its bytes, until others are given: no file holds it."""
        self._kept = (image_id, data)

    def keep_only(self, wanted: set[PictureKey], owned: set[PictureKey]) -> None:
        """Give up those of the owned requests that are no longer wanted and have not begun."""
        for key in owned - wanted:
            future = self._waiting.get(key)
            with self._lock:
                if future is not None and len(self._asking.get(key, ())) < 2 and future.cancel():
                    self._asking.pop(key, None)
                    del self._waiting[key]

    def whole(self, path: Path, longest: int) -> Image:
        """A file's picture with sides of at most so many pixels; for worker threads. Raises `RevsearchError`,
        OSError."""
        from PIL import Image

        image = Image.fromarray(self.decoded(path).picture)
        image.thumbnail((longest, longest))
        return image

    def thumbnail(self, path: Path, image_id: str = "") -> Image:
        """A small picture of a file, or of what it held; for worker threads. Raises `RevsearchError`, OSError."""
        return self._thumbnail(PictureKey(image_id, path, 0, 0))

    def decoded(self, path: Path, data: bytes | None = None) -> Decoded:
        """A file's picture, or that of these bytes, as it is searched by; for worker threads. Raises `RevsearchError`,
        OSError."""
        from revsearch_tui.core.images.thumbnails import picture_bytes

        return self._pool().decode(picture_bytes(path) if data is None else data, str(path))

    def submit(self, work: Callable[[], None]) -> None:
        """Run other short work with files, such as listing a folder."""
        with contextlib.suppress(RuntimeError):  # the app is closing
            self._others.append(self._executor.submit(work))

    def close(self) -> None:
        """Start nothing more."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            if self._decoder is not None:
                self._decoder.close()

    def _draw(self, key: PictureKey) -> None:
        self.frame.wait()
        drawing, problem = self._drawn(key)
        with self._lock:
            if drawing is not None:
                self._drawings.put(key, drawing)
            asking = self._asking.pop(key, [])
        for post in asking:
            post(PictureDrawn(key, drawing, problem))

    def _drawn(self, key: PictureKey) -> tuple[Drawing | None, str]:
        """A drawing, or why there is none."""
        assert self.renderer is not None
        try:
            image = self._image(key)
            if key.part is not None:
                image = _boxed(image, key, key.part, self.renderer.name)
            return self.renderer.draw(image, key.width, key.height), ""
        except PictureError as error:
            return None, error.reason
        except RevsearchError as error:
            return None, str(error)
        except OSError as error:
            return None, error.strerror or "cannot be read"
        except Exception as error:  # damaged thumbnails raise what Pillow raises; a card without a picture is enough
            return None, f"cannot be drawn: {type(error).__name__}"

    def _image(self, key: PictureKey) -> Image:
        name = key.image_id or str(key.path)
        with self._lock:
            kept = self._images.get(name)
        if kept is not None:
            return kept
        image = self._thumbnail(key)
        with self._lock:
            self._images.put(name, image)
        return image

    def _thumbnail(self, key: PictureKey) -> Image:
        import hashlib

        from revsearch_tui.core.images.thumbnails import picture_bytes, thumbnail_image

        data: bytes | None = None
        identity = key.image_id
        if not identity:
            data = picture_bytes(key.path)
            identity = hashlib.sha256(data).hexdigest()
        kept_id, kept = self._kept
        known = kept if kept_id == identity else data

        def read() -> bytes:
            return known if known is not None else picture_bytes(key.path)

        return thumbnail_image(self._folder, identity, read, lambda data: self.decoded(key.path, data).picture)

    def _pool(self) -> DecodePool:
        """Processes for decoding: C libraries would print over the screen, and hostile files can crash them."""
        if self._decoder is None:
            from revsearch_tui.core.images.pool import DecodePool

            readers = self._readers()  # waits for plugins: not with the lock, for which the screen would wait in turn
            with self._lock:
                self._decoder = self._decoder or DecodePool(THREADS, readers, max_pixels=self._max_pixels)
        return self._decoder


def _boxed(image: Image, key: PictureKey, part: PartBox, renderer: str) -> Image:
    from revsearch_tui.tui.pictures.boxed import stroke_for, with_box

    stroke = stroke_for(image.size, key.width, key.height, renderer)
    return with_box(image, (part.left, part.top, part.wide, part.high), stroke)


def _image_bytes(image: Image) -> int:
    return image.width * image.height * len(image.getbands())


def _drawing_bytes(drawing: Drawing) -> int:
    return drawing.width * drawing.height * _BYTES_A_CELL + len(drawing.prelude) + len(drawing.overlay)
