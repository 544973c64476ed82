"""Hypothesis strategies of whole sheets; figures that make rules speak come up often."""

from hypothesis import strategies as st

from jiheng.sheets import SHEET_TYPES, Amount, Missing, MissingReason, Quantity

SPEAKING = st.sampled_from(["0", "-1", "0.01", "13.40", "90", "89.974", "100", "120.5"])
NUMBERS = SPEAKING | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6
).map(str)
MISSING = st.builds(Missing, st.sampled_from(MissingReason), st.text(max_size=8))
AMOUNTS = NUMBERS.map(Amount.wan) | NUMBERS.map(lambda text: Amount(Amount.wan(text).yuan))
QUANTITIES = NUMBERS.map(Quantity.of) | NUMBERS.map(lambda text: Quantity(Quantity.of(text).value))
for record, strategy in ((Missing, MISSING), (Amount, AMOUNTS), (Quantity, QUANTITIES)):
    st.register_type_strategy(record, strategy)
SHEETS = st.one_of([st.from_type(kind) for kind in SHEET_TYPES.values()])
