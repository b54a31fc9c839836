"""Statistics for judges of outreach emails: every number with what keeps it honest.

`summarize` reports one judge, `compare` two judges on the same items, `slices` and
`compare_slices` do so by failure mode or segment, and `summarize_pairs` reports rewards of
chosen and rejected emails. The other names are the parts these are made of. PASS ("send it") is
the positive class everywhere. Nothing but numpy and scipy is imported.
"""

from tenacious_bench.stats.auroc import auroc
from tenacious_bench.stats.calibration import brier_score, expected_calibration_error
from tenacious_bench.stats.checks import StatsInputError
from tenacious_bench.stats.compare import Comparison, compare
from tenacious_bench.stats.confusion import Confusion
from tenacious_bench.stats.estimate import CI, Estimate
from tenacious_bench.stats.inputs import verdicts_from_scores
from tenacious_bench.stats.intervals import (
    cluster_bootstrap,
    multinomial_bootstrap,
    percentile_bootstrap,
    wilson_interval,
)
from tenacious_bench.stats.labels import FAIL, PASS, parse_labels, parse_verdicts
from tenacious_bench.stats.paired import McNemar, bootstrap_p_value, holm, mcnemar_exact
from tenacious_bench.stats.pairwise import PairSummary, pairwise_accuracy, summarize_pairs
from tenacious_bench.stats.power import mcnemar_power, mde_paired, mde_proportion
from tenacious_bench.stats.share import Share, grouped_share
from tenacious_bench.stats.signature import signature
from tenacious_bench.stats.slice_comparison import SliceComparison, compare_slices
from tenacious_bench.stats.slices import Slice, slice_members, slices
from tenacious_bench.stats.summary import Summary, summarize

__all__ = [
    "CI",
    "FAIL",
    "PASS",
    "Comparison",
    "Confusion",
    "Estimate",
    "McNemar",
    "PairSummary",
    "Share",
    "Slice",
    "SliceComparison",
    "StatsInputError",
    "Summary",
    "auroc",
    "bootstrap_p_value",
    "brier_score",
    "cluster_bootstrap",
    "compare",
    "compare_slices",
    "expected_calibration_error",
    "grouped_share",
    "holm",
    "mcnemar_exact",
    "mcnemar_power",
    "mde_paired",
    "mde_proportion",
    "multinomial_bootstrap",
    "pairwise_accuracy",
    "parse_labels",
    "parse_verdicts",
    "percentile_bootstrap",
    "signature",
    "slice_members",
    "slices",
    "summarize",
    "summarize_pairs",
    "verdicts_from_scores",
    "wilson_interval",
]
