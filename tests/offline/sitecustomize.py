"""Switch the network off in this Python process: only this machine itself can be reached.

The suite puts this folder on PYTHONPATH, so that every kernel and every program it starts runs
these lines first; the process of pytest itself runs them too (see `suite.py`). An audit hook sees
each connection and each look-up of a name before it happens, and nothing can take it off again.
"""

import socket
import sys

AT_HOME = {None, "", "localhost", "::1", "0.0.0.0", "::"}
LOOKS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
GOES = {"socket.connect", "socket.sendto", "socket.sendmsg"}


class NetworkIsOff(OSError):
    """Raised where a notebook or a test reaches for the network."""


def _at_home(host: object) -> bool:
    host = host.decode(errors="replace") if isinstance(host, bytes) else host
    return host in AT_HOME or host == _NAME or str(host).startswith("127.")


def _watch(event: str, args: tuple) -> None:
    if event in LOOKS:
        host = args[0]
    elif event in GOES and args[0].family != getattr(socket, "AF_UNIX", None):
        host = args[1][0] if isinstance(args[1], tuple) else None
    else:
        return
    if not _at_home(host):
        raise NetworkIsOff(f"the suite runs without a network, and something asked for {host!r}")


_NAME = socket.gethostname()
if not getattr(sys, "_rough_seas_offline", False):
    sys._rough_seas_offline = True
    sys.addaudithook(_watch)
