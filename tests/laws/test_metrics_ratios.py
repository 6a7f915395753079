"""Laws of exact figures and their texts: L1, L7, L8 of metrics §6, KPI-1, KPI-2, KPI-12, KPI-40."""

import re
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

from servicedesk.instants import to_duration
from servicedesk.metrics import Ratio, Target, nearest_rank
from servicedesk.metrics.ratios import value_text

fractions = st.fractions(min_value=-2, max_value=2, max_denominator=10_000)
numbers = st.integers(-(10**9), 10**9) | fractions
ratios = st.builds(Ratio, numbers, st.integers(0, 10**6) | fractions.map(abs))
operators = st.sampled_from(("<", "<=", ">", ">=", "=="))


@given(ratios, ratios, ratios)
def test_ratios_are_a_commutative_monoid(a, b, c):
    """L1, KPI-1: sums do not depend on order or grouping, and 0/0 changes no sum."""
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Ratio(0, 0) == a == Ratio(0, 0) + a


@given(ratios)
def test_nothing_over_zero_has_no_value_and_keeps_its_numerator(ratio):
    """KPI-1: never 0 %, never 100 %."""
    empty = Ratio(ratio.numerator, 0)
    assert (empty.value, empty.numerator) == (None, ratio.numerator)
    assert empty.text().endswith("= no data")
    assert (ratio.value is None) == (ratio.denominator == 0)


def test_equality_looks_at_both_parts_and_there_is_no_order():
    """KPI-1: 1/2 is not 2/4, though their values are."""
    assert Ratio(1, 2) != Ratio(2, 4)
    assert Ratio(1, 2).value == Ratio(2, 4).value
    assert Ratio(Fraction(2), Fraction(4, 2)) == Ratio(2, 2)
    with pytest.raises(TypeError):
        assert Ratio(1, 2) < Ratio(2, 3)


def test_a_ratio_prints_both_counts():
    """KPI-1, KPI-2."""
    assert str(Ratio(23_432, 23_466)) == "23,432 / 23,466 = 99.86 %"
    assert repr(Ratio(23_432, 23_466)) == "Ratio(23432, 23466)"
    assert str(Ratio(-3, 4)) == "-3 / 4 = -75.00 %"
    assert Ratio(Fraction(1, 3), 2).text("number") == "1/3 / 2 = 0.17"
    assert Ratio(19_086, 24_905).text("number") == "19,086 / 24,905 = 0.77"
    assert Ratio(7_200_000_000, 1_000).text("span") == "7,200,000,000 / 1,000 = 7s"


@pytest.mark.parametrize(
    ("value", "even", "up"),
    [
        (Fraction(12_345, 1_000_000), "1.23 %", "1.23 %"),
        (Fraction(125, 100_000), "0.12 %", "0.13 %"),
        (Fraction(135, 100_000), "0.14 %", "0.14 %"),
        (Fraction(-125, 100_000), "-0.12 %", "-0.13 %"),
        (Fraction(-1, 1_000_000), "0.00 %", "0.00 %"),
    ],
)
def test_ties_go_to_the_even_neighbour_or_on_request_up(value, even, up):
    """KPI-2: GB/T 8170-2008."""
    assert value_text(value, "percent") == even
    assert value_text(value, "percent", rounding="half_up") == up


@given(fractions, st.integers(0, 6), st.sampled_from(("half_even", "half_up")))
def test_a_text_is_within_half_a_unit_of_its_last_digit(value, digits, rounding):
    """KPI-2: rounding happens once, and to the nearest."""
    shown = Fraction(value_text(value, "percent", digits=digits, rounding=rounding).removesuffix(" %")) / 100
    assert abs(shown - value) <= Fraction(1, 2 * 10 ** (digits + 2))


def _close_pairs():
    """A value and a target that is equal, or differs only far behind the point."""
    near = st.integers(1, 25).flatmap(
        lambda digits: st.sampled_from((Fraction(1, 10**digits), -Fraction(1, 10**digits)))
    )
    gap = st.just(Fraction(0)) | near | fractions
    return st.tuples(fractions, gap).map(lambda pair: (pair[0], pair[0] + pair[1]))


def _reread(text, unit):
    if unit == "percent" and text.endswith("%"):
        return Fraction(text.removesuffix(" %").replace(",", "")) / 100
    if unit == "span" and re.fullmatch(r"-?[0-9a-z]+", text) and "/" not in text and not text.endswith("/us"):
        span = to_duration(text.removeprefix("-")) // timedelta(microseconds=1)
        return Fraction(-span if text.startswith("-") else span)
    return Fraction(text.removesuffix("us").replace(",", ""))


@given(_close_pairs(), operators, st.sampled_from(("percent", "number", "span")), st.integers(0, 3))
@example((Fraction(1, 3), Fraction(1, 3)), "==", "percent", 2)
@example((Fraction(1, 3), Fraction(1, 3)), ">=", "span", 2)
@example((Fraction(1999, 20_000), Fraction(1, 10)), "<", "percent", 2)
def test_a_text_never_contradicts_the_verdict(pair, operator, unit, digits):
    """L8, KPI-2, W6: who judges the printed figure comes to the verdict on the exact one."""
    value, limit = pair
    target = Target(operator, limit)
    text = value_text(value, unit, target=target, digits=digits)
    event("a fraction" if "/" in text else f"{len(text.partition('.')[2].rstrip(' %'))} digits")
    assert target.holds(_reread(text, unit)) is target.holds(value)


@given(_close_pairs())
def test_meeting_a_strict_target_meets_the_other_one(pair):
    """L8, KPI-40."""
    value, limit = pair
    for strict, loose in (("<", "<="), (">", ">=")):
        if Target(strict, limit).holds(value):
            assert Target(loose, limit).holds(value)
        assert Target(strict, limit).holds(value) is not Target({"<": ">=", ">": "<="}[strict], limit).holds(value)
    assert Target("==", limit).holds(value) is (Target("<=", limit).holds(value) and Target(">=", limit).holds(value))


@given(ratios, operators, fractions)
def test_the_margin_tells_the_verdict(ratio, operator, limit):
    """KPI-40: above 0 is good, below is bad; on the limit it depends on strictness."""
    target = Target(operator, limit)
    margin = target.margin(ratio)
    if ratio.value is None:
        assert (margin, target.verdict(ratio)) == (None, "no_data")
        return
    assert abs(margin) == abs(ratio.value - limit)
    expected = margin > 0 or (margin == 0 and operator in ("<=", ">=", "=="))
    assert target.verdict(ratio) == ("met" if expected else "missed")


def test_too_few_subjects_give_no_verdict():
    """KPI-40: ``least`` subjects are needed, and no data is neither met nor missed."""
    target = Target("<", "10 %", least=20)
    assert [target.verdict(Ratio(0, n)) for n in (0, 19, 20)] == ["no_data", "too_few", "met"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("10 %", Fraction(1, 10)),
        ("99.98%", Fraction(9998, 10_000)),
        ("3/50", Fraction(3, 50)),
        ("0.06", Fraction(6, 100)),
        ("3", 3),
        ("90min", timedelta(minutes=90)),
        (Fraction(1, 3), Fraction(1, 3)),
        (timedelta(hours=1), timedelta(hours=1)),
    ],
)
def test_targets_are_read_from_exact_figures_and_texts(written, value):
    """KPI-40."""
    assert Target("<", written) == Target("<", value)
    assert Target("<", written).value == value
    assert eval(repr(Target("<", written, least=3)), {"Target": Target}) == Target("<", value, least=3)


samples = st.lists(st.integers(-5, 5), min_size=1, max_size=12)
ranks = st.fractions(min_value=0, max_value=1, max_denominator=12).filter(bool)


def _counted(values):
    return {value: values.count(value) for value in values}


@given(samples, ranks)
def test_a_nearest_rank_is_the_smallest_value_with_enough_at_or_below_it(values, p):
    """L7, KPI-12: by definition, by brute force."""
    at_or_below = {x: sum(y <= x for y in values) for x in values}
    assert nearest_rank(_counted(values), p) == min(x for x in values if at_or_below[x] >= p * len(values))


@given(samples, ranks, ranks)
def test_nearest_ranks_rise_with_p_up_to_the_maximum(values, p, q):
    """L7: an observed value, monotone in p, the maximum at p = 1, unchanged when every value is doubled in number."""
    low, high = (nearest_rank(_counted(values), rank) for rank in sorted((p, q)))
    assert low <= high <= nearest_rank(_counted(values), 1) == max(values)
    assert nearest_rank(_counted(values * 2), p) == nearest_rank(_counted(values), p)


def test_nobody_has_no_percentile():
    """KPI-12: and values that were observed zero times are none."""
    assert nearest_rank({}, "50 %") is None
    assert nearest_rank({3: 0}, 1) is None
    assert nearest_rank({1: 0, 3: 1}, 1) == 3


@given(st.integers(-(10**12), 10**12))
def test_a_span_is_printed_to_the_nearest_second(us):
    """KPI-2."""
    assume(us % 10**6 != 500_000)
    assert value_text(us, "span") == value_text(round(Fraction(us, 10**6)) * 10**6, "span")


def test_counts_are_printed_whole_and_means_with_two_digits():
    """KPI-2: a mean that happens to be whole looks like the others beside it."""
    assert value_text(1_234, "number") == "1,234"
    assert value_text(Fraction(2), "number") == "2.00"
    assert value_text(1_500_000, "span", digits=3) == value_text(1_500_000, "span", digits=9) == "1s500ms"
    with pytest.raises(TypeError, match="float"):
        value_text(0.5, "number")


def test_a_span_is_printed_finer_where_its_verdict_needs_it():
    """KPI-2, W6: one microsecond late is late."""
    assert value_text(1_000_001, "span", target=Target("<=", "1s")) == "1s1us"
    assert value_text(1_000_001, "span") == "1s"
