"""The demo archive for tests: loaded once by the real command, read by many tests, copied by those that write."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import zlib
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from crawler.model import Capture
from indexer.model import DocumentRecord, Verdict
from nlp.model import Annotation, Claim
from ops.settings import PREFIX, TEST_PREFIX, load_settings
from ops.wiring import System, system

ROUTEWIRE = str(Path(sys.executable).with_name("routewire"))


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a command on `folder`, without the developer's own settings."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(PREFIX) or n.startswith(TEST_PREFIX)}
    return {**kept, f"{PREFIX}DATA_DIR": str(folder), "NO_COLOR": "1", **more}


def command(
    folder: Path, *args: str, stdin: str | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs `routewire ARGS` on `folder` to its end."""
    return subprocess.run(
        [ROUTEWIRE, *args],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=environment(folder, **(env or {})),
    )


def load_once(base: Path) -> Path:
    """The folder with the demo in `base`, loaded by the process that comes first; the others wait for it."""
    folder = base / "demo"
    with (base / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "stages.jsonl").exists():
            done = command(folder, "demo", "--json")
            assert done.returncode == 0, done.stderr
            (folder / "stages.jsonl").write_text(done.stdout)
    return folder


def copy(folder: Path, target: Path) -> Path:
    """A copy that a test may write to."""
    shutil.copytree(folder, target)
    return target


def check_warcs(folder: Path) -> list[str]:
    """What `warcio check` finds wrong in the WARC files of a folder, and each file that ends inside a record."""
    files = sorted(folder.glob("*.warc.gz"))
    assert files, f"no WARC file in {folder}"
    told = StringIO()
    with redirect_stdout(told):
        failed = Checker(Namespace(inputs=[str(path) for path in files], verbose=False)).process_all()
    cut = [path.name for path in files if not _ends_whole(path)]
    return [*told.getvalue().splitlines(), *cut] if failed or cut else []


def _ends_whole(path: Path) -> bool:
    """warcio itself passes over a last gzip member that is cut."""
    left = path.read_bytes()
    while left:
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        decoder.decompress(left)
        if not decoder.eof:
            return False
        left = decoder.unused_data
    return True


@dataclass(frozen=True, slots=True)
class Told:
    """A claim with its verdict."""

    id: str
    claim: Claim
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class House:
    """A loaded folder, opened, and its things by the words that a reader knows them by."""

    folder: Path
    system: System

    def document(self, path_end: str) -> DocumentRecord:
        """The document of the only address that ends so."""
        (found,) = (d for d in self.system.record.all_documents() if d.document.url.endswith(path_end))
        return found

    def annotation(self, path_end: str) -> Annotation:
        found = self.system.record.annotation(self.document(path_end).document.id)
        assert found is not None, f"{path_end} was not annotated"
        return found

    def told(self, path_end: str) -> list[Told]:
        """The claims of a document, in the order of its text."""
        claims = self.system.record.claims_of(self.document(path_end).document.id)
        verdicts = ((c, self.system.record.verdict(c.id)) for c in claims)
        found = [Told(c.id, c.claim, v) for c, v in verdicts if v is not None]
        assert len(found) == len(claims), f"a claim of {path_end} has no verdict"
        return sorted(found, key=lambda told: told.claim.quote_span)

    def tells(self, path_end: str, **wanted: object) -> Told:
        """The only claim of a document whose fields are as `wanted`."""
        told = self.told(path_end)
        found = [t for t in told if all(getattr(t.claim, name) == value for name, value in wanted.items())]
        assert len(found) == 1, f"{len(found)} claims of {path_end} with {wanted}, of {[t.claim for t in told]}"
        return found[0]

    def warc_record(self, capture: Capture) -> tuple[Mapping[str, str], bytes]:
        """The headers and the decoded body of a capture's WARC record, read by warcio at the place it names."""
        assert capture.warc is not None
        with (self.system.settings.archive_dir / capture.warc.file).open("rb") as file:
            file.seek(capture.warc.offset)
            member = BytesIO(file.read(capture.warc.length))
        record = next(iter(ArchiveIterator(member)))
        return dict(record.rec_headers.headers), record.content_stream().read()


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    with system(load_settings(data_dir=folder)) as found:
        yield House(folder, found)
