"""A zip written again with a few members replaced: all others keep their compressed bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_DATE = 0x21  # 1980-01-01: the same sheet gives the same bytes on any day
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Member:
    name: bytes
    local: bytes  # local header and data, as they stand
    method: int
    flags: int
    crc: int
    packed: int
    unpacked: int


@dataclass(frozen=True, slots=True)
class RawZip:
    members: tuple[Member, ...]


def opened(data: bytes) -> RawZip:
    """A zip that this module's callers wrote themselves: sizes stand in its local headers."""
    members = []
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        for info in source.infolist():
            start = info.header_offset
            name_length, extra_length = struct.unpack_from("<2H", data, start + 26)
            end = start + 30 + name_length + extra_length + info.compress_size
            name = data[start + 30 : start + 30 + name_length]
            members.append(
                Member(
                    name,
                    data[start:end],
                    info.compress_type,
                    info.flag_bits,
                    info.CRC,
                    info.compress_size,
                    info.file_size,
                )
            )
    return RawZip(tuple(members))


def patched(source: RawZip, replaced: Mapping[bytes, bytes]) -> bytes:
    """The zip with these members' content replaced, in the same order."""
    out, directory, offset = [], [], 0
    for old in source.members:
        content = replaced.get(old.name)
        member = old if content is None else _packed(old, content)
        out.append(member.local)
        directory.append(_central(member, offset))
        offset += len(member.local)
    central = b"".join(directory)
    count = len(directory)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(central), offset, 0)
    return b"".join([*out, central, end])


def _packed(old: Member, content: bytes) -> Member:
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    packed = deflater.compress(content) + deflater.flush()
    flags, crc = old.flags & 0x800, zlib.crc32(content)
    header = _LOCAL.pack(
        b"PK\3\4", 20, flags, zipfile.ZIP_DEFLATED, 0, _DATE, crc, len(packed), len(content), len(old.name), 0
    )
    local = header + old.name + packed
    return Member(old.name, local, zipfile.ZIP_DEFLATED, flags, crc, len(packed), len(content))


def _central(member: Member, offset: int) -> bytes:
    sizes = (member.crc, member.packed, member.unpacked, len(member.name), 0, 0, 0, 0, 0, offset)
    return _CENTRAL.pack(b"PK\1\2", 20, 20, member.flags, member.method, 0, _DATE, *sizes) + member.name
