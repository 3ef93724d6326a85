import pytest

from a2bm2gl_tf.data.reading.dates import ticks_a_second, with_date


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000])
def test_the_size_tells_the_unit(unit):
    # date -u -d @1672567200 is Sun Jan 1 10:00:00 UTC 2023.
    times = (1_672_567_200 * unit, 1_700_000_000 * unit)
    assert ticks_a_second(*times) == unit
    assert with_date(times[0], unit) == f"{times[0]} (2023-01-01 10:00:00 UTC)"


@pytest.mark.parametrize(
    "times", [(0, 30), (-5, 1_700_000_000), (880_000_000, 880_000_000_000), (10**18, 10**18)]
)
def test_others_are_numbers(times):
    assert ticks_a_second(*times) is None
    assert with_date(times[0], None) == str(times[0])
