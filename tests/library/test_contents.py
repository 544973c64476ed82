"""The first content: as many facts as the field knows, each with a source, in a region once."""

from __future__ import annotations

from pathlib import Path

import yaml
from tests.cast import Cast

from jiheng.library import contents, workflow
from jiheng.library.contents import FILES
from jiheng.library.models import Edition, Indicator, Standard, Status
from jiheng.library.wording import content, said_otherwise, telling
from jiheng.units.models import LogEntry


def test_every_fact_has_its_source_and_says_when_it_is_unverified(cast: Cast) -> None:
    contents.load(cast.region)
    items = Indicator.objects.all()
    assert items.count() >= 150
    assert not items.filter(source="").exists()
    unverified = items.filter(is_verified=False)
    assert unverified.count() > 50
    assert Edition.objects.count() == items.count() + Standard.objects.count()


def test_facts_carry_their_tag_and_files_their_own_prefix() -> None:
    files = [content(f"{name}.yaml") for name in FILES]
    assert len({file["prefix"] for file in files}) == len(FILES)
    facts = [fact for file in files for fact in file["facts"]] + content("standards.yaml")
    assert all(fact["tag"] for fact in facts)
    assert all(("M" in fact["tag"].split()) <= bool(fact.get("pending")) for fact in facts)


def test_every_file_of_content_is_loaded() -> None:
    folder = Path(contents.__file__).parent / "content"
    other = {"standards", "regulations", "synonyms", "cards"}
    assert {path.stem for path in folder.glob("*.yaml")} == {*FILES, *other}
    assert all(yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("*.yaml"))


def test_loading_again_changes_nothing_and_leaves_revisions_alone(cast: Cast) -> None:
    first = contents.load(cast.region)
    item = Indicator.objects.get(name="户厕验收合格率")
    workflow.retire(cast.performance, Indicator, item.pk, 1, "本区不用")
    assert first > 150
    assert contents.load(cast.region) == 0
    assert Indicator.objects.get(pk=item.pk).status == Status.RETIRED
    assert LogEntry.objects.filter(action="载入首批指标、标准和制度文件").count() == 1


def test_least_investments_are_no_ceilings(cast: Cast) -> None:
    contents.load(cast.region)
    told = {item.name: (item.operator, item.value, item.unit) for item in Standard.objects.all()}
    assert told["县道日常养护标准"] == ("≥", 10000, "元/公里·年")
    assert told["流转土地补助标准"] == ("≤", 475, "元/亩")


def test_words_are_widened_and_project_names_told() -> None:
    assert "户厕" in said_otherwise("厕所改造")
    assert telling("农村公路养护专项资金（2024年）") == ["农村公路养护"]
    assert telling("专项资金") == []
