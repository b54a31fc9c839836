"""The smallest difference a test set can be expected to show (minimum detectable effect, MDE).

A difference below the MDE that is not significant says little: the set was too small to see it.
Defaults are the usual two-sided 5% level and 80% power. Items are taken as independent, so with
grouped items the true MDE is larger.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm

from tenacious_bench.stats.checks import StatsInputError

DEFAULT_ALPHA = 0.05
DEFAULT_POWER = 0.8
# Above this many items the exact power equals the normal one to three digits and costs more.
EXACT_LIMIT = 5_000


def _check(n: int, alpha: float, power: float) -> None:
    if n < 1:
        raise StatsInputError(f"n is {n}: pass at least 1")
    if not 0 < alpha < power < 1:
        raise StatsInputError(f"alpha {alpha} and power {power}: need 0 < alpha < power < 1")


def mde_proportion(n: int, baseline: float = 0.5, alpha: float = DEFAULT_ALPHA, power: float = DEFAULT_POWER) -> float:
    """Smallest gain of one share over a fixed baseline that n items show with the given power.

    Solves sqrt(n) * gain = z_alpha * sqrt(p0 q0) + z_power * sqrt(p1 q1), p1 = p0 + gain, the
    normal approximation of Fleiss, Levin and Paik (2003), "Statistical Methods for Rates and
    Proportions", chapter 2, without continuity correction.

    Args:
        n: number of items.
        baseline: p0, the share to compare with, at least 0 and below 1. The default 0.5 has the
            largest variance, which makes the answer a cautious one for other shares.
        alpha: two-sided level of the test.
        power: chance of a significant result if the gain is real.

    Returns:
        The gain as a share, in (0, 1 - baseline]; nan when no gain that large is possible.
    """
    _check(n, alpha, power)
    if not 0 <= baseline < 1:
        raise StatsInputError(f"baseline is {baseline}: pass a share of at least 0 and below 1")
    z_alpha, z_power = norm.ppf(1 - alpha / 2), norm.ppf(power)

    def excess(gain: float) -> float:
        share = min(1.0, baseline + gain)
        spread = z_alpha * math.sqrt(baseline * (1 - baseline))
        spread += z_power * math.sqrt(share * (1 - share))
        return float(math.sqrt(n) * gain - spread)

    largest = 1 - baseline
    return float(brentq(excess, 1e-12, largest)) if excess(largest) >= 0 else math.nan


def mcnemar_power(n: int, discordant_share: float, difference: float, alpha: float) -> float:
    """Exact power of the exact McNemar test on n items.

    Sums, over the binomial number of discordant items, the chance that their split is significant
    (Duffy 1984, Biometrics 40).

    Args:
        n: number of items.
        discordant_share: expected share of items that exactly one judge has right.
        difference: true difference of the two accuracies, from 0 to discordant_share.
        alpha: two-sided level.
    """
    m = np.arange(n + 1)
    critical = binom.ppf(alpha / 2, m, 0.5)
    critical = np.where(binom.cdf(critical, m, 0.5) > alpha / 2, critical - 1, critical)
    share = (discordant_share + difference) / (2 * discordant_share)
    rejects = binom.cdf(critical, m, share) + binom.cdf(critical, m, 1 - share)
    return float(np.sum(binom.pmf(m, n, discordant_share) * rejects))


def mde_paired(
    n: int,
    discordant_share: float,
    alpha: float = DEFAULT_ALPHA,
    power: float = DEFAULT_POWER,
    method: Literal["exact", "normal"] = "exact",
) -> float:
    """Smallest difference of two accuracies that a paired test on n items shows.

    "exact" inverts `mcnemar_power`. "normal" solves
    sqrt(n) * d = z_alpha * sqrt(s) + z_power * sqrt(s - d^2) for discordant share s
    (Connor 1987, Biometrics 43); it is used above 5,000 items in any case.

    Args:
        n: number of items both judges were given.
        discordant_share: share of items that exactly one judge has right, above 0 to 1.
        alpha: two-sided level of the test.
        power: chance of a significant result if the difference is real.
        method: "exact" or "normal".

    Returns:
        The difference as a share, at most discordant_share; nan when even that is not detectable.
    """
    _check(n, alpha, power)
    if not 0 < discordant_share <= 1:
        raise StatsInputError(f"discordant_share is {discordant_share}: pass a share in (0, 1]")
    z_alpha, z_power = norm.ppf(1 - alpha / 2), norm.ppf(power)

    def excess(difference: float) -> float:
        if method == "exact" and n <= EXACT_LIMIT:
            return mcnemar_power(n, discordant_share, difference, alpha) - power
        spread = z_alpha * math.sqrt(discordant_share)
        spread += z_power * math.sqrt(max(0.0, discordant_share - difference**2))
        return float(math.sqrt(n) * difference - spread)

    if excess(discordant_share) < 0:
        return math.nan
    return float(brentq(excess, 0.0, discordant_share, xtol=1e-9))
