"""Times whose size tells their unit, as dates."""

import datetime

# Seconds since 1970 from 1980 to 2100; other numbers are not taken for dates.
_EARLIEST, _LATEST = 315_532_800, 4_102_444_800
# Seconds, milliseconds, microseconds: their ranges do not meet.
_UNITS = (1, 1_000, 1_000_000)


def ticks_a_second(earliest: int, latest: int) -> int | None:
    """The unit of times: 1, 1,000 or 1,000,000 a second if they can be dates, else None.

    Args:
      earliest: the first of the times.
      latest: the last.
    """
    for unit in _UNITS:
        if _EARLIEST * unit <= earliest and latest <= _LATEST * unit:
            return unit
    return None


def with_date(time: int, unit: int | None) -> str:
    """A time as it is, and the date (UTC) behind it where its unit is known.

    Args:
      time: in the data's own unit.
      unit: of `ticks_a_second`.
    """
    if unit is None:
        return str(time)
    moment = datetime.datetime.fromtimestamp(time // unit, datetime.UTC)
    return f"{time} ({moment:%Y-%m-%d %H:%M:%S} UTC)"
