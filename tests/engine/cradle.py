"""Starts the program by fork: to import it takes seconds, and tests start it again and again.

Standard input is a socket. Each message on it carries one end of another, on which a line of JSON
says what to start; the answers are a line with the process id and, at its end, one with its exit
code. What is started is what `python -m app` would be once it has imported everything:
`tests/test_command_line.py` starts it like that.
"""

import gc
import json
import os
import socket
import sys
from contextlib import suppress

from app.__main__ import main


def serve() -> None:
    """Start what is asked for until nobody can ask any more."""
    gc.freeze()  # a search for garbage would copy all that those who are started share
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as asking:
        while True:
            _, (*ends,), _, _ = socket.recv_fds(asking, 1, 1)
            if not ends:
                break
            with socket.socket(fileno=ends[0]) as end:
                if not os.fork():
                    asking.close()
                    _start(end)
                    return
            _bury(os.WNOHANG)
        _bury(0)


def _bury(how: int) -> None:
    """Wait for those who have ended, or for all: what they used counts as used by the tests."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, how) != (0, 0):
            pass


def _start(end: socket.socket) -> None:
    """Start one program; say which process it is, and how it ended."""
    with end.makefile() as lines:
        asked = json.loads(lines.readline())
    process_id = os.fork()
    if not process_id:
        end.detach()
        _become(**asked)
        return
    # Who asked may be gone.
    with suppress(OSError):
        end.sendall(f"{process_id}\n".encode())
    _, status = os.waitpid(process_id, 0)
    with suppress(OSError):
        end.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)  # at once: there is much to tidy up, and none of it is ours


def _become(command: list[str], environment: dict[str, str], output: str, errors: str) -> None:
    """Be the program; what it writes is added to files."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for path, standard in ((output, 1), (errors, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), standard)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["app", *command]
    main()


if __name__ == "__main__":
    serve()
