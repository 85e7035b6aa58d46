"""The rivals of `stats.rs` in scipy and numpy, one thread: prints {"case": seconds, ...} of
processor time."""

import json
import sys
import time

import numpy as np
from scipy import stats


def seconds(call, least=3, budget=3.0):
    """The median time of one call, over at least `least` calls and about `budget` seconds."""
    times = []
    start = time.process_time()
    while len(times) < least or time.process_time() - start < budget:
        before = time.process_time()
        call()
        times.append(time.process_time() - before)
        if len(times) >= 10_000:
            break
    return float(np.median(times))


def quantile_difference(size, resamples):
    """A percentile bootstrap of 9,999 resamples; fewer are run where it takes minutes, and scaled."""

    def difference(one, other, axis):
        return np.quantile(other, 0.95, axis=axis) - np.quantile(one, 0.95, axis=axis)

    def call():
        stats.bootstrap(
            (baseline[:size], candidate[:size]),
            difference,
            n_resamples=resamples,
            batch=10,
            method="percentile",
            vectorized=True,
            rng=np.random.default_rng(1),
        )

    return seconds(call, least=1, budget=0.0) * 9_999 / resamples


def mean_difference(one, other, axis):
    return np.mean(other, axis=axis) - np.mean(one, axis=axis)


def permutation():
    """In batches of 100, which take 16 MB at a time."""
    stats.permutation_test(
        (baseline[:10_000], candidate[:10_000]),
        mean_difference,
        n_resamples=9_999,
        batch=100,
        vectorized=True,
        rng=np.random.default_rng(1),
    )


def sign_flip():
    stats.permutation_test(
        (candidate[:10_000] - baseline[:10_000],),
        lambda differences, axis: np.mean(differences, axis=axis),
        permutation_type="samples",
        n_resamples=9_999,
        batch=100,
        vectorized=True,
        rng=np.random.default_rng(1),
    )


def bca():
    """Jackknife and resamples in batches of 100."""
    stats.bootstrap(
        (baseline[:10_000],),
        np.mean,
        n_resamples=9_999,
        batch=100,
        method="BCa",
        vectorized=True,
        rng=np.random.default_rng(1),
    )


rng = np.random.default_rng(1)


def latencies():
    """As `latencies` of the fixtures: positive, with a long right tail."""
    return 400.0 * (rng.random(1_000_000) + rng.random(1_000_000)) / (1.0 + 9.0 * rng.random(1_000_000))


baseline, candidate = latencies(), latencies()
bounds = 50.0 * 1.3 ** np.arange(20)


def welch_from_moments():
    """With the interval, as ours: `ttest_ind_from_stats` has none, so its quantile is asked for."""
    result = stats.ttest_ind_from_stats(100.4, 5.0, 1000, 100.0, 5.0, 1000, equal_var=False)
    squared = 5.0**2 / 1000
    df = (squared + squared) ** 2 / (squared**2 / 999 + squared**2 / 999)
    half = stats.t.ppf(0.975, df) * (squared + squared) ** 0.5
    return result, 0.4 - half, 0.4 + half


cases = {
    "welch 2x1e6": lambda: stats.ttest_ind(
        candidate, baseline, equal_var=False
    ).confidence_interval(),
    "mann-whitney 2x1e6": lambda: stats.mannwhitneyu(candidate, baseline, method="asymptotic"),
    "logarithmic histogram 1e6": lambda: np.unique(
        np.ceil(np.log2(baseline) * 32).astype(np.int32), return_counts=True
    ),
    "classic histogram 1e6": lambda: np.bincount(np.searchsorted(bounds, baseline)),
    "fisher 2x1e5": lambda: stats.fisher_exact([[90_300, 9_700], [90_000, 10_000]]),
    "mcnemar exact": lambda: stats.binomtest(150, 236, 0.5),
    "binomial exact": lambda: stats.binomtest(958, 1000, 0.95).proportion_ci(),
    "clopper-pearson": lambda: stats.binomtest(
        958, 1000, 0.95, alternative="greater"
    ).proportion_ci(),
    "welch from moments": welch_from_moments,
    "poisson rate ratio": lambda: stats.binomtest(450, 850, 0.5).proportion_ci(),
}
measured = {name: seconds(call) for name, call in cases.items()}
measured["permutation 2x1e4"] = seconds(permutation, least=1, budget=0.0)
measured["sign flip 1e4"] = seconds(sign_flip, least=1, budget=0.0)
measured["bca mean 1e4"] = seconds(bca, least=1, budget=0.0)
measured["quantile difference 2x1e4"] = quantile_difference(10_000, 9_999)
measured["quantile difference 2x1e6"] = quantile_difference(1_000_000, 99)
json.dump(measured, sys.stdout)
