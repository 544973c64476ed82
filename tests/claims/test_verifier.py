from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.claims.building import Written, agreeing, equal, rates

import jiheng.claims.verifier as verifier
from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation, Term, Word
from jiheng.claims.verdicts import judge
from jiheng.claims.verifier import verified, verify

SMALL = st.integers(-30, 60)


@st.composite
def relations(draw):
    """Any relation at all, the senseless ones too: small figures, so that each outcome is met."""
    count = draw(st.integers(1, 5))
    places = [draw(st.integers(0, 3)) if draw(st.booleans()) else 10 + index for index in range(count)]
    figures = {}
    for place in places:
        step = Decimal(draw(st.sampled_from(["1", "0.1", "0"])))
        value = Decimal(draw(SMALL)) if step != Decimal("0.1") else Decimal(draw(SMALL)) / 10
        figures[place] = Operand(f"{value}", value, "", place, place + 1, step / 2)
    operands = [figures[place] for place in places]
    words = [
        Word("增加", draw(st.sampled_from([1, -1])), 90 + index, 92 + index, "减少")
        for index in range(draw(st.integers(0, 2)))
    ]
    rate = Operand("", Decimal(draw(SMALL)), "%", 70, 71, Decimal(draw(st.sampled_from(["0.5", "0"]))))
    several = st.lists(
        st.tuples(st.integers(0, count - 1), st.sampled_from([1, -1, 2])), min_size=1, max_size=4
    )
    readings = []
    for _ in range(draw(st.integers(1, 3))):
        left = tuple(Term(Decimal(factor), index) for index, factor in draw(several))
        base = tuple(Term(Decimal(factor), index) for index, factor in draw(several))
        signs = tuple(draw(st.sampled_from([1, -1])) for _ in words)
        rated = draw(st.booleans())
        readings.append(
            Equation(left, base if rated else (), count if rated else None, draw(st.booleans()), signs)
        )
    return Relation(
        "R1",
        "K00",
        draw(st.sampled_from([Kind.SUM, Kind.DIFFERENCE, Kind.PERCENT_CHANGE])),
        Outcome.UNKNOWN,
        0,
        99,
        (*operands, rate),
        tuple(words),
        tuple(readings),
    )


@given(relations())
@settings(max_examples=400, deadline=None)
def test_checker_and_verifier_agree_on_any_relation(relation):
    judged = judge(relation)
    if judged.verdict is not Outcome.UNKNOWN:
        assert verify(judged) is (judged.verdict is Outcome.ERROR)
    assert bool(judged.proof) is (judged.verdict is Outcome.ERROR)
    assert verified(judged) == judged


def test_it_takes_what_json_gives():
    written = Written()
    operands = [written.figure(each) for each in ("27.54亿元", "1.3亿元", "13.40亿元", "7.39亿元")]
    judged = judge(written.relate(Kind.SUM, operands, [equal(-1, 1, 1, 1)]))
    told = {"operands": [*map(asdict, judged.operands)], "readings": [*map(asdict, judged.readings)]}
    for operand in told["operands"]:
        operand.update(value=str(operand["value"]), half=str(operand["half"]))
    assert verify(told)
    told["operands"][0]["value"] = "2209000000"
    assert not verify(told)


def test_beyond_twelve_figures_the_corners_are_taken_by_sign():
    written = Written()
    operands = [written.figure("10万元") for _ in range(14)] + [written.figure("150万元")]
    relation = judge(written.relate(Kind.SUM, operands, [equal(*[1] * 14, -1)]))
    assert relation.verdict is Outcome.ROUNDING or relation.verdict is Outcome.ERROR
    assert verify(relation) is (relation.verdict is Outcome.ERROR)
    wrong = [*operands[:-1], written.figure("190万元")]
    assert verify(judge(written.relate(Kind.SUM, wrong, [equal(*[1] * 14, -1)])))


def test_an_error_that_cannot_be_proved_becomes_unknown():
    written = Written()
    operands = [written.figure(each) for each in ("5万元", "5万元")]
    judged = judge(written.relate(Kind.SAME_FACT, operands, [equal(1, -1)]))
    relation = judged._replace(verdict=Outcome.ERROR, proof="5 < 5")
    assert verified(relation).verdict is Outcome.UNKNOWN
    assert not verified(relation).proof


def test_words_are_verified_too():
    written = Written()
    words = [written.word("减少"), written.word("上升")]
    assert verify(judge(written.relate(Kind.DIRECTION, [], agreeing(), words)))
    operands = [written.figure(each) for each in ("7.39亿元", "2.5亿元", "25.59%")]
    assert not verify(written.relate(Kind.PERCENT_CHANGE, operands, rates(), words))


def test_the_verifier_is_short_and_stands_alone():
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    assert len(source.splitlines()) < 100
    own = [line for line in source.splitlines() if line.startswith("from jiheng")]
    assert own == ["from jiheng.claims.report import Outcome, Relation"]
