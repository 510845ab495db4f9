"""Run the Dockerfile's steps without a container engine, to see that each of them works.

    python tools/prove_dockerfile.py

Each stage gets a temporary folder as its root, and the image's paths (all under /app) are moved
into it. WORKDIR, COPY (as .dockerignore allows), RUN and ENV are carried out as written; then CMD
is started, HEALTHCHECK is asked until it is content, and SIGTERM must end the program. All of it
as an ordinary account: `nobody` for root, else the caller.

What this cannot show: the base image (a local Python stands in for it), and that USER may write
to var/ alone, for here the account owns all that it runs.
"""

import contextlib
import fnmatch
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEALTHY_WITHIN_SECONDS = 30.0
ENDS_WITHIN_SECONDS = 10.0
WITHOUT_EFFECT_HERE = {"EXPOSE", "VOLUME"}


class StepFailedError(Exception):
    """A step of the Dockerfile does not work; the message begins with the step."""


@dataclass(kw_only=True)
class Stage:
    """One FROM and what has been done since."""

    root: Path
    workdir: str = "/"
    user: str = "root"
    environment: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)

    def place(self, path: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.root / str(Path(self.workdir) / path).lstrip("/")

    def moved(self, text: str) -> str:
        """The text with the image's paths moved, and its account replaced by ours."""
        who = account()
        text = re.sub(r"-o \d+ -g \d+", f"-o {who.pw_uid} -g {who.pw_gid}", text)
        return re.sub(r"(?<![\w.-])/app\b", f"{self.root}/app", text)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions in order, continuation lines joined, comments left out."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.strip().partition(" ")
            yield word.upper(), rest.strip()


def is_sent(path: str, patterns: list[str]) -> bool:
    """True if .dockerignore lets the file into the build: the last pattern that matches decides."""
    parts = Path(path).parts
    from_top = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    sent = True
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        tried = parts if bare.startswith("**/") else from_top
        if any(fnmatch.fnmatch(one, bare.removeprefix("**/")) for one in tried):
            sent = pattern.startswith("!")
    return sent


def account() -> pwd.struct_passwd:
    """Who carries out the steps: never root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def start(
    command: list[str], within: Path, environment: dict[str, str], said: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a program as the account, with nothing of our environment but how to reach out.

    Args:
        command: the program and its arguments.
        within: its working folder.
        environment: what it finds set beside that.
        said: where its error output goes, ours by default.
    """
    passed = {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy") or "CERT" in k}
    environment = passed | {"HOME": "/nonexistent"} | environment
    if os.geteuid() != 0:
        return subprocess.Popen(
            command, cwd=within, env=environment, stderr=said, start_new_session=True
        )
    who = account()
    return subprocess.Popen(
        command,
        cwd=within,
        env=environment,
        stderr=said,
        start_new_session=True,
        user=who.pw_uid,
        group=who.pw_gid,
        extra_groups=(),
    )


def make_base(folder: Path) -> Path:
    """A folder of programs in place of the base image's: `python`, and the system's own."""
    check = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for name in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        real = str(Path(name).resolve())
        with contextlib.suppress(OSError):
            if start([real, "-c", check], Path("/"), {}).wait() == 0:
                folder.mkdir()
                (folder / "python").write_text(f'#!/bin/sh\nexec "{real}" "$@"\n')
                (folder / "python").chmod(0o755)
                return folder
    raise StepFailedError("FROM: no Python 3.11 or newer that an ordinary account can run")


def copy(stage: Stage, rest: str, stages: dict[str, Stage]) -> None:
    """COPY: from the project as .dockerignore allows, or from an earlier stage."""
    words = shlex.split(rest)
    options = [word for word in words if word.startswith("--")]
    *sources, target = [word for word in words if not word.startswith("--")]
    origin = next((stages[o.removeprefix("--from=")] for o in options if "--from=" in o), None)
    for source in sources:
        found = origin.place(source) if origin else ROOT / source
        place = stage.place(target) / (found.name if target.endswith("/") else "")
        if found.is_dir():
            shutil.copytree(found, place, symlinks=True, ignore=None if origin else ignored)
        else:
            if not origin and not is_sent(source, ignore_patterns()):
                raise StepFailedError(f".dockerignore keeps {source} out")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, place)


def ignore_patterns() -> list[str]:
    """What .dockerignore says, in order."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def ignored(folder: str, names: list[str]) -> set[str]:
    """The names in a folder that .dockerignore keeps out."""
    relative, patterns = Path(folder).relative_to(ROOT), ignore_patterns()
    return {name for name in names if not is_sent(str(relative / name), patterns)}


def carry_out(stage: Stage, word: str, rest: str, stages: dict[str, Stage]) -> None:
    """One instruction of a stage."""
    match word:
        case "WORKDIR":
            stage.workdir = rest
            stage.place(".").mkdir(parents=True, exist_ok=True)
        case "ENV":
            name, _, value = rest.partition("=")
            before = stage.environment.get(name, "")
            stage.environment[name] = stage.moved(value).replace(f"${name}", before)
        case "COPY":
            copy(stage, rest, stages)
        case "RUN":
            command = ["/bin/sh", "-c", stage.moved(rest)]
            if start(command, stage.place("."), stage.environment).wait():
                raise StepFailedError("ended with an error")
        case "USER":
            stage.user = rest
        case "CMD":
            stage.command = json.loads(rest)
        case "HEALTHCHECK":
            stage.healthcheck = json.loads(rest.partition("CMD ")[2])
        case _ if word not in WITHOUT_EFFECT_HERE:
            raise StepFailedError("is an instruction that this proof does not know")


def build(folder: Path) -> Stage:
    """Carry out the whole Dockerfile under `folder`; answer its last stage."""
    base = make_base(folder / "base")
    stages: dict[str, Stage] = {}
    stage = Stage(root=folder)
    for word, rest in instructions((ROOT / "Dockerfile").read_text()):
        print(f"{word} {rest}"[:100], flush=True)
        if word == "FROM":
            stage = Stage(root=folder / f"stage{len(stages)}")
            stage.environment["PATH"] = f"{base}:/usr/bin:/bin"
            stages[rest.partition(" AS ")[2] or rest] = stage
            continue
        try:
            carry_out(stage, word, rest, stages)
        except (OSError, StepFailedError) as error:
            raise StepFailedError(f"{word} {rest}: {error}") from error
        give_to_account(stage.root)
    return stage


def give_to_account(folder: Path) -> None:
    """Let the account that carries out the steps own what was copied."""
    who = account()
    for place in (folder, *folder.rglob("*")):
        os.chown(place, who.pw_uid, who.pw_gid, follow_symlinks=False)


def serve(stage: Stage) -> None:
    """Start CMD, wait for HEALTHCHECK, end it with SIGTERM."""
    if stage.user.partition(":")[0] in {"root", "0"}:
        raise StepFailedError("USER: the program would run as root")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = {"RENRAKUMO_PORT": str(probe.getsockname()[1])}
    program = start(stage.command, stage.place("."), stage.environment | port)
    try:
        wait_until_healthy(stage, program, stage.environment | port)
        program.send_signal(signal.SIGTERM)
        program.wait(ENDS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise StepFailedError(f"CMD: SIGTERM did not end it in {error.timeout} s") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()


def wait_until_healthy(
    stage: Stage, program: subprocess.Popen[bytes], environment: dict[str, str]
) -> None:
    """Ask HEALTHCHECK again and again, as the engine would."""
    began_at = time.monotonic()
    while program.poll() is None and time.monotonic() - began_at < HEALTHY_WITHIN_SECONDS:
        asked = start(stage.healthcheck, stage.place("."), environment, subprocess.DEVNULL)
        if asked.wait() == 0:
            print(f"healthy after {time.monotonic() - began_at:.1f} s")
            return
        time.sleep(0.2)
    raise StepFailedError(f"CMD: not healthy (exit status {program.returncode})")


def main() -> int:
    """Answer 0 if every step works and the program serves."""
    with tempfile.TemporaryDirectory(prefix="renrakumo-image-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        try:
            serve(build(folder))
        except StepFailedError as failure:
            print(f"FAILED {failure}", file=sys.stderr)
            return 1
    print("every step works")
    return 0


if __name__ == "__main__":
    sys.exit(main())
