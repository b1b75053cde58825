"""A headless Chromium for the browser tests: the one named, the system's, or one fetched into `.local/browser`."""

import hashlib
import io
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tools.launcher.fault import Fault, say
from tools.launcher.locks import Lock
from tools.launcher.places import LOCAL, folder

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# An npm package (MIT) that carries a headless Chromium and the libraries a bare Linux lacks.
PACKAGE = "@sparticuz/chromium@147.0.0"
SHA512 = (
    "e1929e01041af2ea769adebbe6a4a2b73b4b75b42b95ff0129d0b99da79aa7ee"
    "4cbf5395d4e94974fa14f84242fe9e6c414254426378afeab9f8485a68e507a5"
)
ARCHIVES = {"al2023": "lib", "swiftshader": ".", "fonts": "share"}
WRAPPER = """#!/bin/sh
# The fetched Chromium with the libraries (and, where the system has none, the fonts) that came with it.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chrome" "$@"
"""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
"""
OTHERWISE = "Install chromium (Debian, Ubuntu: apt install chromium) or name a browser in CHROMIUM."


def find() -> Path | None:
    """Return a Chromium that is here already: $CHROMIUM, one on PATH, or the fetched one.

    Raises `Fault` when $CHROMIUM names no program.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise Fault(
                f"CHROMIUM={named} is no program that can be run. Correct it, or unset it to use the one we find."
            )
        return Path(named)
    for command in COMMANDS:
        found = shutil.which(command)
        if found:
            return Path(found)
    fetched = LOCAL / "browser" / "chromium"
    return fetched if fetched.exists() else None


def ensure() -> Path:
    """Return a Chromium, fetching one (once, about 70 MB) when none is here. Raises `Fault` with what to do instead."""
    with Lock(folder(LOCAL) / "browser.lock"), tempfile.TemporaryDirectory(dir=LOCAL) as temporary:
        found = find()
        if found is None:
            say("Fetching a headless browser for the tests (once) ...")
            making = Path(temporary, "browser")
            _unpack(_download(Path(temporary)), making)
            making.rename(LOCAL / "browser")
            found = LOCAL / "browser" / "chromium"
        return found


def _download(into: Path) -> Path:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Fault(f"The browser tests need a Chromium, and none can be fetched for this kind of machine. {OTHERWISE}")
    npm = shutil.which("npm")
    if npm is None:
        raise Fault(f"The browser tests need a Chromium; there is none, and no npm to fetch one with. {OTHERWISE}")
    fetched = subprocess.run(
        [npm, "pack", "--loglevel=error", PACKAGE],
        cwd=into,
        env={**os.environ, "npm_config_cache": str(into / "cache")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    archive = next(into.glob("*.tgz"), None)
    if fetched.returncode != 0 or archive is None:
        why = (fetched.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Fault(f"npm could not fetch {PACKAGE} ({why}). Is there a network? {OTHERWISE}")
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "sha512").hexdigest() != SHA512:
            raise Fault(f"What npm fetched as {PACKAGE} is not the file we know; it was not unpacked. {OTHERWISE}")
    return archive


def _unpack(archive: Path, into: Path) -> None:
    """Unpack the package: the program, its libraries and fonts, and a wrapper that puts them together."""
    import brotli  # from requirements/dev.txt; only needed on this path

    into.mkdir()
    with tarfile.open(archive) as package:

        def part(name: str) -> bytes:
            member = package.extractfile(f"package/bin/{name}.br")
            assert member is not None, name
            content: bytes = brotli.decompress(member.read())
            return content

        program = into / "chrome"
        program.write_bytes(part("chromium"))
        program.chmod(0o755)
        for name, place in ARCHIVES.items():
            with tarfile.open(fileobj=io.BytesIO(part(f"{name}.tar"))) as inner:
                _extract_files(inner, into / place)
    (into / "fonts.conf").write_text(FONTS)
    wrapper = into / "chromium"
    wrapper.write_text(WRAPPER)
    wrapper.chmod(0o755)


def _extract_files(archive: tarfile.TarFile, into: Path) -> None:
    """Write the plain files of an archive under `into`; its links and owners are not taken over."""
    for member in archive:
        content = archive.extractfile(member) if member.isfile() else None
        if content is not None:
            target = into / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
            target.chmod(0o755 if member.mode & 0o100 else 0o644)
