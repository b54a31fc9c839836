"""Strict reading of labels and verdicts.

Only "PASS" and "FAIL", written exactly so, or booleans (True is PASS) are read. Any other value
raises: a label word that is guessed at turns into a wrong label that nobody sees.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenacious_bench.stats.checks import BoolArray, StatsInputError, require_nonempty

PASS = "PASS"
FAIL = "FAIL"
VerdictArray = NDArray[np.int8]

FAIL_CODE, PASS_CODE, ERROR_CODE = 0, 1, -1


def _code(value: object) -> int | None:
    if isinstance(value, bool | np.bool_):
        return PASS_CODE if value else FAIL_CODE
    if isinstance(value, str):
        return {PASS: PASS_CODE, FAIL: FAIL_CODE}.get(value)
    return None


def _array_codes(values: object) -> VerdictArray | None:
    """The codes of a numpy array of booleans or of PASS and FAIL words (n,), without a loop; None for other input."""
    if isinstance(values, np.ndarray) and values.dtype == np.bool_ and values.ndim == 1:
        return values.astype(np.int8)
    # No subclasses: a masked array compares to a mask, a chararray without its trailing blanks.
    if type(values) is np.ndarray and values.dtype.kind == "U" and values.ndim == 1:
        is_pass = values == PASS
        if (is_pass | (values == FAIL)).all():
            return np.where(is_pass, PASS_CODE, FAIL_CODE).astype(np.int8)
    return None


def _codes(values: Iterable[Any], name: str, *, errors_allowed: bool) -> VerdictArray:
    codes = _array_codes(values)
    if codes is None:
        items = list(values)
        codes = np.empty(len(items), dtype=np.int8)
        for i, value in enumerate(items):
            code = ERROR_CODE if value is None and errors_allowed else _code(value)
            if code is None:
                allowed = '"PASS", "FAIL", True, False' + (", None" if errors_allowed else "")
                raise StatsInputError(
                    f"{name}[{i}] is {value!r}: expected one of {allowed}; map other words to "
                    "these yourself, after reading what their writer meant"
                )
            codes[i] = code
    require_nonempty(len(codes), name)
    return codes


def parse_labels(values: Iterable[Any], name: str = "labels") -> BoolArray:
    """Read labels as a boolean array.

    Args:
        values: n labels, each exactly "PASS" or "FAIL", or a boolean (True is PASS).
        name: what to call the input in an error message.

    Returns:
        (n,) bool, True where the label is PASS.

    Raises:
        StatsInputError: the input is empty, or a value is anything else (other case, other words,
            0 and 1, None); the message gives its index and value.
    """
    is_pass: BoolArray = _codes(values, name, errors_allowed=False) == PASS_CODE
    return is_pass


def parse_verdicts(values: Iterable[Any], name: str = "verdicts") -> VerdictArray:
    """Read verdicts, of which some may be missing because the judge gave none.

    Args:
        values: n verdicts as in `parse_labels`, or None where the judge failed to give one.
        name: what to call the input in an error message.

    Returns:
        (n,) int8: 1 for PASS, 0 for FAIL, -1 for no verdict.

    Raises:
        StatsInputError: the input is empty, or a value is anything else.
    """
    return _codes(values, name, errors_allowed=True)
