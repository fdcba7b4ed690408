"""Watch what a Python program and its Python children open, connect to and write: an audit hook in every one of them.

    watch = Watch(tmp_path / "watch")
    subprocess.run([...], env={**os.environ, **watch.environment})
    assert watch.violations([home]) == []

The hook sees what Python code does. What native code does by itself is seen by `strace`, where that is installed:
prefix the command with `strace_prefix(log)` and ask `strace_violations(log, [home])`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

_HOOK = '''
"""Write down, one line each, every socket, every write below the file system, and every process that is started."""
import os as _os
import sys as _sys

def _install():
    log = _os.environ.get("REVSEARCH_TEST_AUDIT_LOG")
    if not log:
        return
    target = _os.open(log, _os.O_WRONLY | _os.O_CREAT | _os.O_APPEND, 0o600)
    writing = _os.O_WRONLY | _os.O_RDWR | _os.O_CREAT | _os.O_APPEND | _os.O_TRUNC
    changing = {"os.mkdir": 1, "os.remove": 1, "os.rmdir": 1, "os.truncate": 1, "os.rename": 2, "os.link": 2,
                "os.symlink": 2, "os.utime": 1, "os.chmod": 1, "shutil.rmtree": 1, "sqlite3.connect": 1}

    def say(event, what):
        if isinstance(what, bytes):
            what = _os.fsdecode(what)
        text = f"{event}\\t{what}".replace("\\n", "\\\\n")
        _os.write(target, (text + "\\n").encode("utf-8", "surrogateescape"))

    def full(path):
        if isinstance(path, int):
            return f"descriptor {path}"
        path = _os.fspath(path)
        path = _os.fsdecode(path) if isinstance(path, bytes) else path
        return path if path == ":memory:" else _os.path.join(_os.getcwd(), path)

    def hook(event, arguments):
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & writing and not isinstance(path, int):
                say("write", full(path))
        elif event in changing:
            for path in arguments[: changing[event]]:
                say("write", full(path))
        elif event == "socket.__new__":
            say("socket", int(arguments[1]))
        elif event in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
            say("network", f"{event} {arguments[1:] if event[7] in 'cbs' else arguments}")
        elif event == "subprocess.Popen":
            say("process", arguments[0])

    _sys.addaudithook(hook)

_install()
'''

_UNIX = 1
_HARMLESS = ("/dev/null", "/dev/tty", "/dev/shm", "/proc/", "descriptor ", ":memory:")


class Watch:
    """A folder that holds the hook and what it saw."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.log = folder / "audit.log"
        self.log.touch()
        (folder / "hook").mkdir()
        (folder / "hook" / "sitecustomize.py").write_text(_HOOK, encoding="utf-8")
        path = [str(folder / "hook"), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {
            "PYTHONPATH": os.pathsep.join(path),
            "REVSEARCH_TEST_AUDIT_LOG": str(self.log),
            # Compiled modules are Python's own affair.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        """To be added to the environment of the program."""

    def events(self) -> list[tuple[str, str]]:
        """(`write`, path), (`socket`, family), (`network`, call) or (`process`, program), in order."""
        lines = self.log.read_text("utf-8", "surrogateescape").splitlines()
        return [(kind, what) for kind, _, what in (line.partition("\t") for line in lines)]

    def violations(self, allowed: Sequence[Path]) -> list[str]:
        """Every use of the network, and every write outside these folders."""
        found = []
        for kind, what in self.events():
            connects = kind == "network" or (kind == "socket" and int(what) != _UNIX)
            if connects or (kind == "write" and not _is_allowed(what, allowed)):
                found.append(f"{kind} {what}")
        return found


def strace_prefix(log: Path) -> list[str] | None:
    """What to put before a command for `strace_violations`; None where strace is not installed or not permitted."""
    strace = shutil.which("strace")
    if strace is None or os.system(f"{strace} -o /dev/null true 2>/dev/null") != 0:
        return None
    calls = "network,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,symlink,symlinkat"
    return [strace, "-f", "-qq", "-y", "-s", "4096", "-e", f"trace={calls}", "-o", str(log)]


_OPENS = re.compile(r'\b(?:open|openat|creat)\((?:AT_FDCWD(?:<[^>]*>)?, )?"((?:[^"\\]|\\.)*)", ([A-Z_|0-9]+)')
_CHANGES = re.compile(r"\b(?:mkdir|mkdirat|rename|renameat|renameat2|unlink|unlinkat|symlink|symlinkat)\((.*)\) += 0")
_SOCKET = re.compile(r"\bsocket\((AF_\w+)")
_SEND = re.compile(r"\b(?:connect|bind|sendto)\([^{]*\{sa_family=(AF_\w+)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC")


def strace_violations(log: Path, allowed: Sequence[Path], folder: Path) -> list[str]:
    """As `Watch.violations`, from what strace saw of a program that was started in `folder`."""
    found = []
    for line in log.read_text("utf-8", "replace").splitlines():
        families = {*_SOCKET.findall(line), *_SEND.findall(line)}
        found += [line] * bool(families - {"AF_UNIX", "AF_LOCAL"})
        paths: list[str] = []
        opened = _OPENS.search(line)
        if opened and any(flag in opened[2] for flag in _WRITES) and ") = -1" not in line:
            paths = [opened[1]]
        changed = _CHANGES.search(line)
        if changed:
            paths = _QUOTED.findall(changed[1])
        found += [line for path in paths if not _is_allowed(str(folder / path), allowed)]
    return found


def _is_allowed(path: str, allowed: Sequence[Path]) -> bool:
    if any(part in path for part in ("descriptor ", ":memory:")) or path.startswith(_HARMLESS):
        return True
    real = os.path.realpath(path)
    return any(Path(real).is_relative_to(os.path.realpath(folder)) for folder in allowed)
