"""Zip files under limits: a workbook is a zip, and units send zips of workbooks. Both are hostile."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MEGABYTE = 1024 * 1024
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UTF8_NAME = 0x800
_LENGTHS = struct.Struct("<2H")  # of name and extra field, in a member's own header
NOISE = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


class DocumentError(ValueError):
    """A file that cannot be taken; the message is Chinese: what, where, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. These guard the machine; they are not policy."""

    file_bytes: int = 50 * MEGABYTE
    unpacked_bytes: int = 400 * MEGABYTE
    member_bytes: int = 150 * MEGABYTE
    ratio: int = 200  # unpacked ÷ packed, looked at only above `harmless_bytes`
    harmless_bytes: int = 20 * MEGABYTE  # repeated text in an honest form deflates by more than the ratio
    entries: int = 2000
    sheets: int = 60
    rows: int = 200_000
    columns: int = 500
    cells: int = 5_000_000


LIMITS = Limits()


class Archive:
    """An opened zip whose directory has been checked against the limits."""

    def __init__(self, data: bytes, name: str, limits: Limits = LIMITS) -> None:
        self.name, self._limits, self._data = name, limits, data
        if len(data) > limits.file_bytes:
            most = limits.file_bytes // MEGABYTE
            raise DocumentError(
                f"文件“{name}”有 {len(data) / MEGABYTE:.1f} MB，超过上限 {most} MB，"
                "请删去图片等无关内容或拆分后再传"
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise DocumentError(
                f"文件“{name}”已损坏或不是所称的格式，请用 Excel 或 WPS 打开后另存再传"
            ) from None
        self._members = {info.filename: info for info in self._zip.infolist()}
        self._check()

    @property
    def names(self) -> list[str]:
        return list(self._members)

    @property
    def infos(self) -> list[zipfile.ZipInfo]:
        return list(self._members.values())

    def _check(self) -> None:
        limits, infos = self._limits, self._zip.infolist()
        if len(infos) > limits.entries:
            raise DocumentError(
                f"文件“{self.name}”内有 {len(infos)} 个条目，超过上限 {limits.entries}，请拆分后再传"
            )
        if len(infos) != len(self._members):
            raise DocumentError(f"文件“{self.name}”内有重名条目，可能被改造过，请用 Excel 或 WPS 另存后再传")
        packed, unpacked = 0, 0
        for info in infos:
            packed, unpacked = packed + info.compress_size, unpacked + info.file_size
            if info.flag_bits & 1:
                raise DocumentError(f"文件“{self.name}”加了密码，无法读取，请取消密码后再传")
            if info.file_size > limits.member_bytes or (
                info.file_size > limits.harmless_bytes
                and info.file_size > limits.ratio * max(info.compress_size, 1)
            ):
                raise _bomb(self.name)
        if unpacked > limits.unpacked_bytes:
            raise _bomb(self.name)

    def read(self, member: str | zipfile.ZipInfo) -> bytes:
        """One member unpacked; never more bytes than its directory entry says, whatever the data holds."""
        info = self._members[member] if isinstance(member, str) else member
        try:
            if info.compress_type == zipfile.ZIP_DEFLATED:
                content = self._inflated(info)
            else:
                with self._zip.open(info) as stream:
                    content = stream.read(info.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,
            NotImplementedError,
            struct.error,
        ):
            raise DocumentError(
                f"文件“{self.name}”内的“{info.filename}”已损坏，请用 Excel 或 WPS 打开后另存再传"
            ) from None
        if len(content) > info.file_size:
            raise _bomb(self.name)
        return content

    def _inflated(self, info: zipfile.ZipInfo) -> bytes:
        """As zipfile's stream would read it, in one call: a workbook has a dozen small members."""
        at = info.header_offset
        if self._data[at : at + 4] != b"PK\3\4":
            raise zipfile.BadZipFile
        name, extra = _LENGTHS.unpack_from(self._data, at + 26)
        start = at + 30 + name + extra
        packed = self._data[start : start + info.compress_size]
        content = zlib.decompressobj(-15).decompress(packed, info.file_size + 1)
        if len(content) <= info.file_size and zlib.crc32(content) != info.CRC:
            raise zipfile.BadZipFile
        return content


def take_zip(data: bytes, limits: Limits = LIMITS, name: str = "压缩包") -> Iterator[tuple[str, bytes]]:
    """The files of a zip of forms: (path inside, content), one after another.

    Folders and system litter are passed over. Raises DocumentError for a zip in a zip, a path that leads
    outside, an encrypted or oversized zip.
    """
    archive = Archive(data, name, limits)
    for info in archive.infos:
        inside = _decoded(info).replace("\\", "/")
        if inside.endswith("/") or any(part in inside.lower() for part in NOISE):
            continue
        if inside.startswith("/") or ".." in inside.split("/") or ":" in inside or "\0" in inside:
            raise DocumentError(f"压缩包“{name}”内的路径“{inside}”指向压缩包之外，请重新打包后再传")
        if info.file_size > limits.file_bytes:
            raise DocumentError(f"压缩包内的“{inside}”超过单个文件上限 {limits.file_bytes // MEGABYTE} MB")
        if inside.lower().endswith((".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")):
            raise DocumentError(f"压缩包“{name}”里还有压缩包“{inside}”，请先解开，再把表格直接打成一个压缩包")
        yield inside, archive.read(info)


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of named files; a name that comes twice gets （2）, （3） …"""
    stream = io.BytesIO()
    used: dict[str, int] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files:
            used[name] = used.get(name, 0) + 1
            if used[name] > 1:
                stem, dot, ending = name.rpartition(".")
                name = f"{stem or ending}（{used[name]}）{dot}{ending if stem else ''}"
            # A workbook is deflated already: deflating it again costs time and gains nothing.
            stored = zipfile.ZIP_STORED if content[:2] == b"PK" else zipfile.ZIP_DEFLATED
            out.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, stored)
    return stream.getvalue()


def _decoded(info: zipfile.ZipInfo) -> str:
    # Without the UTF-8 flag zipfile decodes as cp437; Chinese systems wrote GBK there, some tools bare UTF-8.
    if info.flag_bits & UTF8_NAME:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _bomb(name: str) -> DocumentError:
    return DocumentError(f"文件“{name}”解压后过大，可能是压缩炸弹，已拒收；请用 Excel 或 WPS 另存一份再传")
