"""A time-stamping authority: `openssl ts` behind HTTP, with a root that is thrown away."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers import MissingToolError

# Without `certs`: with the root among them OpenSSL writes a set that is not in order.
CONFIG = """\
[tsa]
default_tsa = tsa1
[tsa1]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
EXTENSIONS = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"


@dataclass
class Authority:
    """Where it is asked, its root, and what it answers instead when it is told."""

    url: str
    root: Path
    folder: Path
    status: int = 200
    asked: int = 0

    def reply(self, query: bytes) -> bytes:
        """The answer to a request."""
        (self.folder / "query").write_bytes(query)
        openssl(self.folder, "ts -reply -config tsa.conf -queryfile query -out reply")
        return (self.folder / "reply").read_bytes()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request over one connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        query = await reader.readexactly(length)
        self.asked += 1
        body = await asyncio.to_thread(self.reply, query) if self.status == 200 else b""
        writer.write(
            f"HTTP/1.1 {self.status} Said\r\nContent-Type: application/timestamp-reply\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def openssl(folder: Path, arguments: str) -> str:
    """Run openssl in a folder.

    Raises:
        MissingToolError: there is none.
        AssertionError: it failed.
    """
    try:
        ended = subprocess.run(
            ["/usr/bin/env", "openssl", *arguments.split()],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise MissingToolError("openssl is not installed") from None
    if ended.returncode:
        raise AssertionError(f"openssl {arguments}: {ended.stderr}")
    return ended.stdout


def new_root(folder: Path) -> Path:
    """A root and the authority's own certificate beneath it."""
    folder.mkdir()
    (folder / "tsa.conf").write_text(CONFIG.format(folder=folder))
    (folder / "tsa.ext").write_text(EXTENSIONS)
    (folder / "serial").write_text("01")
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    openssl(folder, f"req -x509 {new_key} -keyout ca.key -out ca.pem -days 3650 -subj /CN=TestRoot")
    openssl(folder, f"req -new {new_key} -keyout tsa.key -out tsa.csr -subj /CN=TestTSA")
    openssl(
        folder,
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 3650"
        " -extfile tsa.ext",
    )
    return folder / "ca.pem"


@asynccontextmanager
async def running_authority(folder: Path) -> AsyncIterator[Authority]:
    """The authority on 127.0.0.1 for the time of the block."""
    root = await asyncio.to_thread(new_root, folder)
    authority = Authority("", root, folder)
    server = await asyncio.start_server(authority.handle, "127.0.0.1", 0)
    authority.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/tsa"
    try:
        yield authority
    finally:
        server.close()
        await server.wait_closed()
