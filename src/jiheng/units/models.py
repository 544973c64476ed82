"""Who there is (regions to people) and what they did: log, uploads, batches, jobs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Region(models.Model):
    """财政区划."""

    code = models.CharField("财政区划代码", max_length=9, primary_key=True)
    name = models.CharField("名称", max_length=60)
    bureau = models.CharField("财政部门", max_length=60, default="财政局")
    is_demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "区划"

    def __str__(self) -> str:
        return self.name


class Division(models.Model):
    """业务股室 of the finance bureau."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    code = models.CharField("代码", max_length=10)
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "业务股室"
        constraints = [models.UniqueConstraint(fields=["region", "code"], name="division_code")]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """主管部门: has one or more budget units."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    division = models.ForeignKey(Division, models.PROTECT, verbose_name="归口股室")
    code = models.CharField("部门代码", max_length=21)
    name = models.CharField("部门名称", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "主管部门"
        constraints = [models.UniqueConstraint(fields=["region", "code"], name="department_code")]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """预算单位."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    department = models.ForeignKey(Department, models.PROTECT, verbose_name="主管部门")
    code = models.CharField("单位代码", max_length=21)
    name = models.CharField("单位名称", max_length=120)
    contact = models.ForeignKey(
        "Person",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="coached_units",
        verbose_name="辅导联系人",
    )
    posts = models.PositiveIntegerField("编制数", null=True, blank=True)
    staff = models.PositiveIntegerField("在职人数", null=True, blank=True)
    since_year = models.PositiveSmallIntegerField("起始年度", default=2000)
    until_year = models.PositiveSmallIntegerField("截止年度", default=9999)

    class Meta:
        verbose_name = verbose_name_plural = "预算单位"
        ordering = ("code",)
        constraints = [models.UniqueConstraint(fields=["region", "code"], name="unit_code")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person is at the bureau, a department, a unit or outside."""

    PERFORMANCE = "performance", "绩效股"
    DIVISION = "division", "业务股室"
    BUDGET = "budget", "预算股"
    TREASURY = "treasury", "国库股"
    DEBT = "debt", "债务办"
    DEPARTMENT = "department", "主管部门"
    REPORTER = "reporter", "单位填报人"
    REVIEWER = "reviewer", "单位审核人"
    ADMIN = "admin", "系统管理员"
    OBSERVER = "observer", "人大/审计（只读）"
    EXPERT = "expert", "评审专家"
    AGENCY = "agency", "第三方机构"
    CONGRESS = "congress", "人大"
    AUDIT = "audit", "审计"


class People(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username=username)


class Person(AbstractBaseUser):
    """Somebody who logs in."""

    username = models.CharField("登录名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=60)
    role = models.CharField("角色", max_length=20, choices=Role)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, verbose_name="区划")
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, verbose_name="业务股室")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, verbose_name="主管部门")
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="单位"
    )
    phone = models.CharField("电话", max_length=30, blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须改初始密码", default=True)
    failed_logins = models.PositiveSmallIntegerField("连续登录失败次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True, blank=True)
    # the last day of what a person from outside is engaged for, as panels tells it
    engaged_until = models.DateField("受托期至", null=True, blank=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]
    objects = People()

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        constraints = [
            models.CheckConstraint(
                name="unit_people_have_a_unit",
                condition=~Q(role__in=["reporter", "reviewer"]) | Q(unit__isnull=False),
            ),
            models.CheckConstraint(
                name="department_people_have_a_department",
                condition=~Q(role="department") | Q(department__isnull=False),
            ),
            models.CheckConstraint(
                name="division_people_have_a_division",
                condition=~Q(role="division") | Q(division__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LogEntry(models.Model):
    """Who did what to which thing when, with what stood before and after. Never changed, never deleted."""

    at = models.DateTimeField("时间", db_index=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="人员")
    person_name = models.CharField("姓名", max_length=60)
    role = models.CharField("角色", max_length=20)
    region_code = models.CharField("财政区划代码", max_length=9, db_index=True)
    unit_name = models.CharField("单位", max_length=120, blank=True)
    action = models.CharField("操作", max_length=40, db_index=True)
    subject = models.CharField("对象", max_length=40)  # model label, e.g. "filings.filing"
    subject_id = models.CharField("对象编号", max_length=40)
    subject_name = models.CharField("对象名称", max_length=240)
    before = models.JSONField("之前", default=dict)
    after = models.JSONField("之后", default=dict)
    reason = models.TextField("说明", blank=True)
    address = models.GenericIPAddressField("来源地址", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "操作日志"
        indexes = [models.Index(fields=["subject", "subject_id"], name="log_subject")]

    def __str__(self) -> str:
        return f"{self.person_name} {self.action} {self.subject_name}"


class Upload(models.Model):
    """A file somebody handed in, kept as it came, or as a mapping read it (`mapping`)."""

    region_code = models.CharField("财政区划代码", max_length=9)
    name = models.CharField("文件名", max_length=240)
    sha256 = models.CharField("sha256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("字节数")
    file = models.FileField("文件", upload_to="uploads/%Y/%m")
    # the mapping it was read by; `file` then holds only what this names, personal numbers sealed
    mapping = models.TextField("取数映射", blank=True)
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="上传人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "上传文件"

    def __str__(self) -> str:
        return self.name


class BatchState(models.TextChoices):
    STAGED = "staged", "待确认"
    PUBLISHED = "published", "已入库"
    DISCARDED = "discarded", "已放弃"


class Batch(models.Model):
    """One import: rows are staged under it, and one short transaction publishes it."""

    region = models.ForeignKey(Region, models.PROTECT, verbose_name="区划")
    kind = models.CharField("种类", max_length=40)  # "units", "people", "funds", "budgets", "payments"
    fiscal_year = models.PositiveSmallIntegerField("预算年度", null=True)
    upload = models.ForeignKey(Upload, models.PROTECT, null=True, verbose_name="文件")
    sha256 = models.CharField("sha256", max_length=64)
    state = models.CharField("状态", max_length=12, choices=BatchState, default=BatchState.STAGED)
    rows = models.PositiveIntegerField("行数", default=0)
    preview = models.JSONField("预览", default=dict)  # bad cells, counts, first rows
    person = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="导入人")
    at = models.DateTimeField("时间")
    published_at = models.DateTimeField("入库时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"

    def __str__(self) -> str:
        return f"{self.kind} {timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class JobState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"


class Job(models.Model):
    """Long work, done by the worker; a page shows its progress and it can be left and come back to."""

    kind = models.CharField("种类", max_length=40)
    state = models.CharField("状态", max_length=12, choices=JobState, default=JobState.QUEUED, db_index=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, verbose_name="发起人")
    params = models.JSONField("参数", default=dict)
    done = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    message = models.TextField("说明", blank=True)
    result = models.JSONField("结果", default=dict)
    output = models.FileField("输出文件", upload_to="jobs/%Y/%m", blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    created_at = models.DateTimeField("提交时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True)
    heartbeat_at = models.DateTimeField("最近心跳", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "任务"

    def __str__(self) -> str:
        return f"{self.kind} {self.get_state_display()}"
