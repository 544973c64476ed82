"""Files on arrival: kept as they came or, by a mapping, only what this names, personal numbers sealed."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from jiheng.documents import arrival, mapping, personal
from jiheng.documents.archive import DocumentError
from jiheng.documents.dating import SIGNATURES, is_what_it_says
from jiheng.units import log
from jiheng.units.access import region_of, require
from jiheng.units.kinds import columns_of, kind
from jiheng.units.models import Person, Upload

SUFFIXES = tuple(f".{suffix}" for suffix in SIGNATURES)  # of papers


def why_unfit(name: str, data: bytes) -> str:
    """Why a file cannot be kept as a paper (佐证、材料、制度文件), in Chinese; "" where it can."""
    most = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
    kinds = "、".join(SIGNATURES)
    if not data:
        return f"“{name}”是空的，请检查后重新选择"
    if len(data) > settings.MAX_UPLOAD_BYTES:
        return f"“{name}”超过 {most} MB 的上限，请拆分或压缩图片后再传"
    if name.rpartition(".")[2].lower() not in SIGNATURES:
        return f"“{name}”不是可用的文件类型，可用：{kinds}"
    if not is_what_it_says(data, name):
        return f"“{name}”的内容与扩展名不符，请用原软件打开另存后再传"
    return ""


@transaction.atomic
def keep(person: Person, name: str, data: bytes) -> Upload:
    """Stores a file as it came, once for a person's copies of it."""
    region, sha256, name = region_of(person), hashlib.sha256(data).hexdigest(), name[-240:]
    known = Upload.objects.filter(region_code=region.pk, sha256=sha256, name=name, person=person).first()
    return known or _stored(person, name, data, sha256)


def _stored(person: Person, name: str, data: bytes, sha256: str) -> Upload:
    upload = Upload(
        region_code=region_of(person).pk,
        name=name,
        sha256=sha256,
        size=len(data),
        person=person,
        at=timezone.now(),
    )
    suffix = "".join(char for char in name.rpartition(".")[2].lower() if char.isalnum())[:8]
    upload.file.save(f"{sha256[:16]}.{suffix}", ContentFile(data), save=True)
    log.record(person, "上传文件", upload, after={"文件": upload.name, "字节数": upload.size})
    return upload


def receive(person: Person, name: str, file_name: str, data: bytes) -> Upload:
    """Keeps a file as it came, once for its copies. Raises PermissionDenied, ValidationError (too large)."""
    found, region = kind(name), region_of(person)
    require(person, found.action)
    if len(data) > settings.MAX_UPLOAD_BYTES:
        most = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
        raise ValidationError(f"文件“{file_name}”超过 {most} MB 的上限，请拆分后分次导入")
    sha256 = hashlib.sha256(data).hexdigest()
    known = Upload.objects.filter(
        region_code=region.pk, sha256=sha256, name=file_name[-240:], mapping=""
    ).first()
    if known is not None:
        return known
    if found.mapped:
        _refuse_personal(data, file_name)
    with transaction.atomic():
        return _stored(person, file_name[-240:], data, sha256)


def _refuse_personal(data: bytes, file_name: str) -> None:
    """A file with accounts or id numbers comes in by a mapping only, which seals them."""
    words = personal.headings_in(data)
    if words:
        raise ValidationError(
            f"文件“{file_name}”含有个人信息栏目（{'、'.join(words)}），不能直接导入：请改用“取数”，"
            "账号和证件号码会在到达时变为密文，不留原文"
        )


def receive_mapped(person: Person, name: str, source: Path | None, file_name: str, text: str) -> Upload:
    """Reads another system's file (or, without one, a database view) by a mapping, and keeps what that names,
    personal numbers sealed; nothing else of it is stored. The same content by the same mapping is kept once.

    Raises PermissionDenied, Http404, ValidationError (Chinese) for what cannot be taken.
    """
    found, region = kind(name), region_of(person)
    require(person, found.action)
    if not found.is_mappable:
        raise Http404("这种数据不能按映射取数")
    key = settings.PERSONAL_KEY.encode()
    with tempfile.TemporaryDirectory(prefix="jiheng-arrival-") as folder:
        try:
            wanted = mapping.load(text)
            if wanted.kind != name:
                raise DocumentError(f"映射“{wanted.title}”不是{found.title}的映射，请另选")
            target = Path(folder) / "arrived.parquet"
            arrived = arrival.arrive(source, file_name, wanted, columns_of(found), key, target)
        except DocumentError as error:
            raise ValidationError(str(error)) from error
        sha256 = arrived.sha256 or _digest(arrived.path)
        mine = Upload.objects.filter(
            region_code=region.pk, sha256=sha256, name=file_name[-240:], mapping=text
        )
        known = mine.first()
        if known is not None:
            return known
        upload = Upload(
            region_code=region.pk,
            name=file_name[-240:],
            sha256=sha256,
            size=arrived.size or arrived.path.stat().st_size,
            person=person,
            at=timezone.now(),
            mapping=text,
        )
        with transaction.atomic(), arrived.path.open("rb") as file:
            upload.file.save(f"{sha256[:16]}.parquet", File(file), save=True)
            after = {"文件": upload.name, "字节数": upload.size, "映射": wanted.title, "行数": arrived.rows}
            log.record(person, "取数", upload, after=after)
    return upload


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
