//! How often a method errs when its null hypothesis holds, by seeded simulation.
//!
//! In a plain run each check takes a fraction of a second; with `PHASEGATE_SLOW_TESTS` set it takes
//! twenty times the samples. A check fails where the number of errors would have a probability
//! below 1e-6 at the level that is claimed: so that a right method fails once in a million checks,
//! and a wrong one is found in proportion to the samples.

use phasegate_stats::design::multiplicity::{Tested, benjamini_hochberg, hochberg, holm};
use phasegate_stats::design::power::{
    Arm, ClustersDesign, Design, EquivalenceDesign, McnemarDesign, MeansDesign, PairedMeansDesign,
    PairedRatesDesign, QuantileArm, QuantileEffect, QuantilesDesign, RateDesign, RatesDesign,
};
use phasegate_stats::design::{ArmCount, Better, Conclusion, Hypothesis, cuped, sample_ratio};
use phasegate_stats::dist::{Binomial, Discrete};
use phasegate_stats::one_sample::{bca_mean, clopper_pearson, mean_t, quantile_interval, wilson};
use phasegate_stats::paired::{
    Draws, clustered_t, mcnemar_exact, mcnemar_mid_p, paired_contrast, paired_quantile_difference,
    sign_flip, tango, wild_cluster,
};
use phasegate_stats::summary::{
    ClusterSums, ClusteredPair, Moments, Pair, PairMoments, PairTally, PairedValues, SortedRun,
    Summary, Tally,
};
use phasegate_stats::two_sample::{
    Events, RankReference, barnard, bca_difference, boschloo, brunner_munzel, fisher,
    hodges_lehmann, linear_contrast, mann_whitney, miettinen_nurminen, permutation,
    poisson_rate_ratio, quantile_difference, quantile_ratio, welch,
};
use phasegate_stats::{Alpha, Alternative, Question};

/// A generator for tests: `SplitMix64` with the normal distribution of Box and Muller.
pub(crate) struct Draw {
    state: u64,
}

impl Draw {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // Never 0 and never 1.
        ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    pub(crate) fn successes(&mut self, trials: u64, rate: f64) -> u64 {
        (0..trials).map(|_| u64::from(self.uniform() < rate)).sum()
    }

    fn poisson(&mut self, mean: f64) -> u64 {
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

/// What is claimed of the rate of errors.
pub(crate) enum Claim {
    /// At most this.
    AtMost(f64),
    /// This, within the tolerance that the method's documentation admits.
    Near(f64, f64),
}

/// Counts errors in seeded samples and holds them against the claim.
pub(crate) fn check(
    what: &str,
    samples: u64,
    claim: &Claim,
    mut errs: impl FnMut(&mut Draw) -> bool,
) {
    const ERROR: f64 = 1e-6;
    let samples =
        if std::env::var_os("PHASEGATE_SLOW_TESTS").is_some() { 20 * samples } else { samples };
    let seed = what.bytes().fold(17, |seed: u64, byte| seed.wrapping_mul(31) + u64::from(byte));
    let mut draw = Draw { state: seed };
    let errors: u64 = (0..samples).map(|_| u64::from(errs(&mut draw))).sum();
    let rate = errors as f64 / samples as f64;
    println!("{what}: {rate:.4} of {samples}");
    let (least, most) = match claim {
        Claim::AtMost(level) => (0.0, *level),
        Claim::Near(level, tolerance) => ((level - tolerance).max(0.0), level + tolerance),
    };
    let too_many =
        errors > 0 && Binomial::new(samples, most).unwrap().sf(errors - 1).unwrap() < ERROR;
    let too_few = Binomial::new(samples, least).unwrap().cdf(errors).unwrap() < ERROR;
    assert!(
        !too_many && !too_few,
        "{what}: {errors} errors in {samples}, a rate of {rate:.4}; claimed {least:.4} to {most:.4}"
    );
}

fn greater(null: f64) -> Question {
    Question::greater_than(null).at(Alpha::FIVE_PERCENT)
}

fn less(null: f64) -> Question {
    Question::less_than(null).at(Alpha::FIVE_PERCENT)
}

#[test]
fn guaranteed_levels_hold() {
    for (trials, rate) in [(20, 0.5), (100, 0.95), (100, 0.02), (500, 0.9)] {
        check(&format!("clopper-pearson {trials} {rate}"), 20_000, &Claim::AtMost(0.05), |draw| {
            let tally = Tally::new(draw.successes(trials, rate), trials).unwrap();
            !clopper_pearson(&tally, &greater(rate)).unwrap().interval.unwrap().contains(rate)
        });
    }
    for (pairs, discordant) in [(50, 0.1), (200, 0.2)] {
        check(&format!("mcnemar {pairs} {discordant}"), 20_000, &Claim::AtMost(0.05), |draw| {
            let tally = draw_pairs(draw, pairs, discordant, 0.0);
            mcnemar_exact(&tally, &Question::differs_from(0.0)).unwrap().p.unwrap() <= 0.05
        });
    }
    for (b, c, rate) in [(30, 30, 0.3), (200, 40, 0.05)] {
        check(&format!("fisher {b} {c} {rate}"), 10_000, &Claim::AtMost(0.05), |draw| {
            let baseline = Tally::new(draw.successes(b, rate), b).unwrap();
            let candidate = Tally::new(draw.successes(c, rate), c).unwrap();
            fisher(&baseline, &candidate, &Question::differs_from(1.0)).unwrap().p.unwrap() <= 0.05
        });
    }
    check("boschloo", 100, &Claim::AtMost(0.05), |draw| {
        let baseline = Tally::new(draw.successes(30, 0.2), 30).unwrap();
        let candidate = Tally::new(draw.successes(20, 0.2), 20).unwrap();
        boschloo(&baseline, &candidate, &greater(0.0)).unwrap().p.unwrap() <= 0.05
    });
    check("barnard", 100, &Claim::AtMost(0.05), |draw| {
        let baseline = Tally::new(draw.successes(30, 0.2), 30).unwrap();
        let candidate = Tally::new(draw.successes(20, 0.2), 20).unwrap();
        barnard(&baseline, &candidate, &greater(0.0)).unwrap().p.unwrap() <= 0.05
    });
    check("poisson rates", 10_000, &Claim::AtMost(0.05), |draw| {
        let baseline = Events { count: draw.poisson(12.0), exposure: 3.0 };
        let candidate = Events { count: draw.poisson(6.0), exposure: 1.0 };
        poisson_rate_ratio(&baseline, &candidate, &greater(1.5)).unwrap().p.unwrap() <= 0.05
    });
}

fn draw_pairs(draw: &mut Draw, pairs: u64, discordant: f64, difference: f64) -> PairTally {
    let (mut gained, mut lost) = (0, 0);
    for _ in 0..pairs {
        let at = draw.uniform();
        if at < f64::midpoint(discordant, difference) {
            gained += 1;
        } else if at < discordant {
            lost += 1;
        }
    }
    PairTally::new(pairs - gained - lost, lost, gained, 0).unwrap()
}

/// Score methods are right on average over rates; at single rates of small samples they err a
/// little more or less.
#[test]
fn score_levels_hold_nearly() {
    for (trials, rate) in [(100, 0.5), (200, 0.9)] {
        check(&format!("wilson {trials} {rate}"), 20_000, &Claim::Near(0.05, 0.012), |draw| {
            let tally = Tally::new(draw.successes(trials, rate), trials).unwrap();
            let outcome = wilson(&tally, &Question::differs_from(rate)).unwrap();
            !outcome.interval.unwrap().contains(rate)
        });
    }
    for (trials, rate, margin) in
        [(100, 0.5, 0.0), (200, 0.9, -0.05), (200, 0.95, -0.1), (1000, 0.99, -0.01)]
    {
        check(
            &format!("miettinen-nurminen {trials} {rate} {margin}"),
            5_000,
            &Claim::Near(0.05, 0.012),
            |draw| {
                let baseline = Tally::new(draw.successes(trials, rate), trials).unwrap();
                let candidate = Tally::new(draw.successes(trials, rate + margin), trials).unwrap();
                miettinen_nurminen(&baseline, &candidate, &greater(margin)).unwrap().p.unwrap()
                    <= 0.05
            },
        );
    }
    for (pairs, discordant, margin) in [(100, 0.2, 0.0), (200, 0.15, -0.05), (400, 0.1, -0.03)] {
        check(
            &format!("tango {pairs} {discordant} {margin}"),
            10_000,
            &Claim::Near(0.05, 0.015),
            |draw| {
                let tally = draw_pairs(draw, pairs, discordant, margin);
                tango(&tally, &greater(margin)).unwrap().p.unwrap() <= 0.05
            },
        );
    }
    check("mcnemar mid-p", 20_000, &Claim::Near(0.05, 0.015), |draw| {
        let tally = draw_pairs(draw, 200, 0.2, 0.0);
        mcnemar_mid_p(&tally, &Question::differs_from(0.0)).unwrap().p.unwrap() <= 0.05
    });
}

fn sample(draw: &mut Draw, count: usize, mut value: impl FnMut(&mut Draw) -> f64) -> Moments {
    let values: Vec<_> = (0..count).map(|_| value(draw)).collect();
    let mut moments = Moments::default();
    moments.update_slice(&values).unwrap();
    moments
}

#[test]
fn normal_levels_hold_exactly() {
    check("mean t", 20_000, &Claim::Near(0.05, 0.0), |draw| {
        let values = sample(draw, 5, |draw| 3.0 + draw.normal());
        mean_t(&values, &greater(3.0)).unwrap().p.unwrap() <= 0.05
    });
    check("welch", 10_000, &Claim::Near(0.05, 0.003), |draw| {
        let baseline = sample(draw, 10, Draw::normal);
        let candidate = sample(draw, 30, |draw| 3.0 * draw.normal());
        !welch(&baseline, &candidate, &Question::differs_from(0.0))
            .unwrap()
            .interval
            .unwrap()
            .contains(0.0)
    });
    check("paired contrast", 10_000, &Claim::Near(0.05, 0.0), |draw| {
        let mut pairs = PairMoments::default();
        for _ in 0..12 {
            let common = draw.normal();
            let baseline = 5.0 + common + 0.3 * draw.normal();
            let candidate = 5.5 + common + 0.3 * draw.normal();
            pairs.update(Pair { baseline, candidate }).unwrap();
        }
        paired_contrast(&pairs, 1.1, &less(0.0)).unwrap().p.unwrap() <= 0.05
    });
}

/// The table in the documentation of `linear_contrast`: the measured level, within 0.01.
#[test]
fn skewed_levels_are_as_documented() {
    for (sigma, baseline, candidate, level) in SKEWED {
        check(
            &format!("contrast {sigma} {baseline} {candidate}"),
            2_000,
            &Claim::Near(level, 0.01),
            |draw| {
                let b = sample(draw, baseline, |draw| (sigma * draw.normal()).exp());
                let c = sample(draw, candidate, |draw| 1.1 * (sigma * draw.normal()).exp());
                linear_contrast(&b, &c, 1.1, &less(0.0)).unwrap().p.unwrap() <= 0.05
            },
        );
    }
}

/// Standard deviation of the logarithm, sizes of both arms, measured level.
const SKEWED: [(f64, usize, usize, f64); 9] = [
    (0.5, 30, 30, 0.049),
    (1.0, 30, 30, 0.047),
    (1.5, 30, 30, 0.040),
    (1.0, 200, 200, 0.050),
    (1.5, 200, 200, 0.047),
    (1.5, 1000, 1000, 0.049),
    (1.5, 1000, 500, 0.07),
    (1.0, 1000, 200, 0.08),
    (1.5, 1000, 200, 0.111),
];

fn draw_clusters(draw: &mut Draw, groups: usize) -> ClusterSums {
    let mut sums = ClusterSums::default();
    for group in 0..groups {
        let shift = draw.normal();
        let size = 1 + draw.successes(8, 0.5);
        for _ in 0..size {
            let pair = Pair { baseline: 0.0, candidate: shift + draw.normal() };
            sums.update(ClusteredPair { cluster: group.to_string(), pair }).unwrap();
        }
    }
    sums
}

#[test]
fn clustered_levels_hold() {
    check("clustered t, 40", 4_000, &Claim::Near(0.05, 0.01), |draw| {
        let sums = draw_clusters(draw, 40);
        clustered_t(&sums, 1.0, &Question::differs_from(0.0)).unwrap().p.unwrap() <= 0.05
    });
    check("wild, 8", 1_000, &Claim::Near(0.05, 0.015), |draw| {
        let sums = draw_clusters(draw, 8);
        let question = Question { alternative: Alternative::Greater, ..greater(0.0) };
        wild_cluster(&sums, 1.0, &question, Draws { seed: 3, count: 99 }).unwrap().p.unwrap()
            <= 0.05
    });
}

fn run(draw: &mut Draw, count: usize, mut value: impl FnMut(&mut Draw) -> f64) -> SortedRun {
    SortedRun::try_from((0..count).map(|_| value(draw)).collect::<Vec<_>>()).unwrap()
}

/// ln of the 95th percentile of the lognormal distribution with standard deviation 0.9: 0.9 times
/// the normal quantile.
const LN_P95: f64 = 0.9 * 1.644853626951472;

#[test]
fn quantile_levels_hold() {
    for (count, ties) in [(100, false), (500, true)] {
        check(&format!("quantile interval {count} {ties}"), 10_000, &Claim::AtMost(0.05), |draw| {
            let round = |value: f64| if ties { (value * 2.0).ceil() / 2.0 } else { value };
            let values = run(draw, count, |draw| round((0.9 * draw.normal()).exp()));
            let question = Question::differs_from(1.0);
            let interval = quantile_interval(&values, 0.95, &question).unwrap().interval.unwrap();
            !interval.contains(round(LN_P95.exp()))
        });
    }
}

/// The coverage in the documentation of `quantile_difference`, within 0.006: errors of the
/// two-sided 95 % interval.
#[test]
fn quantile_differences_cover_as_documented() {
    for (count, errors) in [(100, 0.012), (600, 0.035), (1000, 0.038), (4000, 0.043)] {
        let samples = if count > 1000 { 300 } else { 1_000 };
        check(
            &format!("quantile difference {count}"),
            samples,
            &Claim::Near(errors, 0.006),
            |draw| {
                let baseline = run(draw, count, |draw| (0.9 * draw.normal()).exp());
                let candidate = run(draw, count, |draw| (0.9 * draw.normal()).exp());
                let question = Question::differs_from(0.0);
                let outcome = quantile_difference(&baseline, &candidate, 0.95, &question).unwrap();
                outcome.p.unwrap() <= 0.05
            },
        );
    }
    check("quantile ratio, one-sided", 1_000, &Claim::Near(0.039, 0.006), |draw| {
        let baseline = run(draw, 600, |draw| (0.9 * draw.normal()).exp());
        let candidate = run(draw, 600, |draw| 1.1 * (0.9 * draw.normal()).exp());
        let outcome = quantile_ratio(&baseline, &candidate, 0.95, &less(1.1)).unwrap();
        outcome.p.unwrap() <= 0.05
    });
}

/// The coverage in the documentation of `paired_quantile_difference`, within 0.006: errors of the
/// two-sided 95 % interval.
#[test]
fn paired_quantile_differences_cover_as_documented() {
    for (count, correlation, errors) in [(600, 0.5, 0.029), (600, 0.9, 0.012), (2000, 0.9, 0.026)] {
        let samples = if count > 1000 { 100 } else { 200 };
        let what = format!("paired quantiles {count} {correlation}");
        check(&what, samples, &Claim::Near(errors, 0.006), |draw| {
            let pairs: Vec<_> = (0..count)
                .map(|_| {
                    let (common, own) = (f64::sqrt(correlation), f64::sqrt(1.0 - correlation));
                    let shared = common * draw.normal();
                    let mut value = || (0.9 * (shared + own * draw.normal())).exp();
                    (value(), value())
                })
                .collect();
            let values = PairedValues::try_from(pairs).unwrap();
            let question = Question::differs_from(0.0);
            paired_quantile_difference(&values, 0.95, &question).unwrap().p.unwrap() <= 0.05
        });
    }
}

fn moments(draw: &mut Draw, count: u64, mean: f64, deviation: f64) -> Moments {
    let values: Vec<_> = (0..count).map(|_| mean + deviation * draw.normal()).collect();
    let mut moments = Moments::default();
    moments.update_slice(&values).unwrap();
    moments
}

/// What a plan promises is what its method then does: exact plans to the last sample, the others
/// within what their documentation admits.
#[test]
fn plans_of_counts_are_kept() {
    let plan = McnemarDesign::new(0.15, 0.06, greater(0.0)).unwrap();
    let power = plan.power(120).unwrap();
    check("power of mcnemar", 10_000, &Claim::Near(power, 0.0), |draw| {
        let tally = draw_pairs(draw, 120, 0.21, 0.09);
        mcnemar_exact(&tally, &greater(0.0)).unwrap().p.unwrap() < 0.05
    });
    let plan = PairedRatesDesign::new(0.04, 0.06, greater(-0.08)).unwrap();
    let power = plan.power(150).unwrap();
    check("power of tango", 10_000, &Claim::Near(power, 0.0), |draw| {
        let tally = draw_pairs(draw, 150, 0.1, -0.02);
        tango(&tally, &greater(-0.08)).unwrap().p.unwrap() < 0.05
    });
    let plan = RatesDesign::new(0.05, 0.06, 2.5, less(0.08)).unwrap();
    let power = plan.power(80).unwrap();
    check("power of miettinen-nurminen", 5_000, &Claim::Near(power, 0.0), |draw| {
        let baseline = Tally::new(draw.successes(200, 0.05), 200).unwrap();
        let candidate = Tally::new(draw.successes(80, 0.06), 80).unwrap();
        miettinen_nurminen(&baseline, &candidate, &less(0.08)).unwrap().p.unwrap() < 0.05
    });
    let plan = RateDesign::new(0.98, greater(0.95)).unwrap();
    let power = plan.power(260).unwrap();
    check("power of clopper-pearson", 5_000, &Claim::Near(power, 0.0), |draw| {
        let tally = Tally::new(draw.successes(260, 0.98), 260).unwrap();
        clopper_pearson(&tally, &greater(0.95)).unwrap().interval.unwrap().lower > 0.95
    });
    let plan = RateDesign::of_quantile(0.9, 0.94, Alternative::Less, Alpha::FIVE_PERCENT).unwrap();
    let power = plan.power(200).unwrap();
    check("power of a quantile bound", 3_000, &Claim::Near(power, 0.0), |draw| {
        let values = run(draw, 200, Draw::uniform);
        quantile_interval(&values, 0.9, &less(0.94)).unwrap().interval.unwrap().upper < 0.94
    });
}

#[test]
fn plans_of_means_are_kept() {
    let arm = |mean, deviation| Arm { mean, deviation };
    let plan = MeansDesign::new(arm(1.0, 1.0), arm(1.6, 2.0), 1.1, 2.5, greater(-0.3)).unwrap();
    let power = plan.power(20).unwrap();
    check("power of a contrast", 10_000, &Claim::Near(power, 0.005), |draw| {
        let (b, c) = (moments(draw, 50, 1.0, 1.0), moments(draw, 20, 1.6, 2.0));
        linear_contrast(&b, &c, 1.1, &greater(-0.3)).unwrap().p.unwrap() < 0.05
    });
    let plan =
        PairedMeansDesign::of_arms(arm(1.0, 1.0), arm(1.3, 1.0), 0.6, 1.0, greater(0.0)).unwrap();
    let power = plan.power(40).unwrap();
    check("power of paired means", 10_000, &Claim::Near(power, 0.0), |draw| {
        let mut pairs = PairMoments::default();
        for _ in 0..40 {
            let shared = draw.normal();
            let mut value =
                |mean: f64| mean + 0.6_f64.sqrt() * shared + 0.4_f64.sqrt() * draw.normal();
            pairs.update(Pair { baseline: value(1.0), candidate: value(1.3) }).unwrap();
        }
        paired_contrast(&pairs, 1.0, &greater(0.0)).unwrap().p.unwrap() < 0.05
    });
    let plan = ClustersDesign::new(0.3, 1.0, 5.0, 0.0, 0.3, greater(0.0)).unwrap();
    let power = plan.power(40).unwrap();
    check("power of clusters", 3_000, &Claim::Near(power, 0.0), |draw| {
        let mut sums = ClusterSums::default();
        for cluster in 0..40 {
            let shared = 0.3_f64.sqrt() * draw.normal();
            for _ in 0..5 {
                let candidate = 0.3 + shared + 0.7_f64.sqrt() * draw.normal();
                let pair = Pair { baseline: 0.0, candidate };
                sums.update(ClusteredPair { cluster: cluster.to_string(), pair }).unwrap();
            }
        }
        clustered_t(&sums, 1.0, &greater(0.0)).unwrap().p.unwrap() < 0.05
    });
    let paired = PairedMeansDesign::new(0.05, 1.0, greater(0.0)).unwrap();
    let plan = EquivalenceDesign::new(&paired, (-0.4, 0.4), Alpha::FIVE_PERCENT).unwrap();
    let power = plan.power(60).unwrap();
    let same = Hypothesis::equivalence(Better::Higher, 0.4, 0.4).unwrap();
    check("power of equivalence", 10_000, &Claim::Near(power, 0.002), |draw| {
        let values = moments(draw, 60, 0.05, 1.0);
        let judged =
            same.assess(Alpha::FIVE_PERCENT, |question| mean_t(&values, question)).unwrap();
        judged.conclusion == Conclusion::Pass
    });
    let five = |ratio: f64| QuantileArm::lognormal(0.95, ratio, 0.9).unwrap();
    let plan =
        QuantilesDesign::new(five(1.0), five(1.25), QuantileEffect::Ratio, 1.0, greater(1.0))
            .unwrap();
    let power = plan.power(1000).unwrap();
    check("power of quantiles", 600, &Claim::Near(power, 0.03), |draw| {
        let baseline = run(draw, 1000, |draw| (0.9 * draw.normal()).exp());
        let candidate = run(draw, 1000, |draw| 1.25 * (0.9 * draw.normal()).exp());
        let outcome = quantile_ratio(&baseline, &candidate, 0.95, &greater(1.0)).unwrap();
        outcome.p.unwrap() < 0.05
    });
}

#[test]
fn families_keep_their_level() {
    for (name, adjust) in [
        ("holm", holm as fn(&[Tested], Alpha) -> _),
        ("hochberg", hochberg),
        ("benjamini-hochberg", benjamini_hochberg),
    ] {
        // Of true hypotheses alone the false discovery rate is the chance of any rejection. The
        // tests share a part, as overlapping segments do.
        check(&format!("family {name}"), 20_000, &Claim::AtMost(0.05), |draw| {
            let shared = draw.normal();
            let tests: Vec<_> = (0..6)
                .map(|index| {
                    let z = 0.5_f64.sqrt() * (shared + draw.normal());
                    let p =
                        phasegate_stats::dist::Continuous::sf(&phasegate_stats::dist::Normal, z);
                    Tested::of_p(index.to_string(), p.unwrap()).unwrap()
                })
                .collect();
            adjust(&tests, Alpha::FIVE_PERCENT).iter().any(|test| test.is_rejected)
        });
    }
}

#[test]
fn sample_ratios_and_adjusted_means_keep_their_level() {
    check("sample ratio of two", 10_000, &Claim::AtMost(0.05), |draw| {
        let candidate = draw.successes(200, 0.05);
        let arm = |count, weight| ArmCount { count, weight };
        let arms = [arm(200 - candidate, 95.0), arm(candidate, 5.0)];
        sample_ratio(&arms).unwrap().p.unwrap() <= 0.05
    });
    check("sample ratio of three", 2_000, &Claim::AtMost(0.05), |draw| {
        let first = draw.successes(40, 0.5);
        let second = draw.successes(40 - first, 0.6);
        let arm = |count, weight| ArmCount { count, weight };
        let arms = [arm(first, 5.0), arm(second, 3.0), arm(40 - first - second, 2.0)];
        sample_ratio(&arms).unwrap().p.unwrap() <= 0.05
    });
    check("sample ratio by chi-square", 2_000, &Claim::Near(0.05, 0.005), |draw| {
        let first = draw.successes(3_000, 0.5);
        let second = draw.successes(3_000 - first, 0.6);
        let arm = |count, weight| ArmCount { count, weight };
        let arms = [arm(first, 5.0), arm(second, 3.0), arm(3_000 - first - second, 2.0)];
        sample_ratio(&arms).unwrap().p.unwrap() <= 0.05
    });
    for (baseline, candidate) in [(40, 40), (150, 40)] {
        check(
            &format!("cuped {baseline} {candidate}"),
            10_000,
            &Claim::Near(0.05, 0.008),
            |draw| {
                let mut arm = |count: u64| {
                    let mut pairs = PairMoments::default();
                    for _ in 0..count {
                        // A skewed covariate, as sizes of requests are.
                        let covariate = draw.normal().exp();
                        let metric = 2.0 * covariate + draw.normal();
                        pairs.update(Pair { baseline: covariate, candidate: metric }).unwrap();
                    }
                    pairs
                };
                let (b, c) = (arm(baseline), arm(candidate));
                cuped(&b, &c, &Question::differs_from(0.0)).unwrap().outcome.p.unwrap() <= 0.05
            },
        );
    }
}
fn runs(
    draw: &mut Draw,
    sizes: (usize, usize),
    mut value: impl FnMut(&mut Draw) -> f64,
) -> (SortedRun, SortedRun) {
    let mut run = |count: usize, draw: &mut Draw| {
        SortedRun::try_from((0..count).map(|_| value(draw)).collect::<Vec<_>>()).unwrap()
    };
    (run(sizes.0, draw), run(sizes.1, draw))
}

/// Ranks know neither heavy tails nor ties; exact references stay at or below the level.
#[test]
fn rank_levels_hold() {
    type Value = fn(&mut Draw) -> f64;
    let heavy: Value = |draw| (1.5 * draw.normal()).exp();
    let tied: Value = |draw| draw.poisson(1.5) as f64;
    let question = Question::differs_from(0.5);
    for (name, value) in [("heavy", heavy), ("tied", tied)] {
        for (sizes, samples) in [((8, 12), 4_000), ((60, 90), 4_000), ((400, 200), 1_000)] {
            let what = format!("mann-whitney {name} {sizes:?}");
            check(&what, samples, &Claim::Near(0.05, 0.012), |draw| {
                let (b, c) = runs(draw, sizes, value);
                mann_whitney(&b, &c, &question, RankReference::Normal).unwrap().p.unwrap() <= 0.05
            });
        }
        check(&format!("mann-whitney exact {name}"), 2_000, &Claim::AtMost(0.05), |draw| {
            let (b, c) = runs(draw, (9, 7), value);
            mann_whitney(&b, &c, &question, RankReference::Exact).unwrap().p.unwrap() <= 0.05
        });
    }
}

/// A level that the documentation tabulates to three decimals, from so many samples: within what
/// rounding and the binomial law leave open, whose 4.75 standard errors are exceeded once in a
/// million.
fn tabulated(level: f64, samples: f64) -> Claim {
    Claim::Near(level, 0.0005 + 4.75 * (level * (1.0 - level) / samples).sqrt())
}

/// The tables in the documentation of `hodges_lehmann` and `brunner_munzel`: of two-sided tests at
/// 5 %, and of the closed interval.
#[test]
fn rank_levels_are_as_documented() {
    type Value = fn(&mut Draw) -> f64;
    let heavy: Value = |draw| (1.5 * draw.normal()).exp();
    let tied: Value = |draw| draw.poisson(1.5) as f64;
    let (shift, effect) = (Question::differs_from(0.0), Question::differs_from(0.5));
    for (name, value, sizes, missed, rejected, unequal) in [
        ("heavy", heavy, (20, 20), 0.046, 0.046, 0.050),
        ("heavy", heavy, (50, 50), 0.049, 0.049, 0.050),
        ("heavy", heavy, (200, 200), 0.049, 0.049, 0.050),
        ("heavy", heavy, (20, 50), 0.048, 0.048, 0.053),
        ("heavy", heavy, (50, 200), 0.050, 0.050, 0.051),
        ("heavy", heavy, (200, 20), 0.050, 0.050, 0.053),
        ("tied", tied, (20, 20), 0.002, 0.048, 0.054),
        ("tied", tied, (50, 50), 0.000, 0.048, 0.050),
        ("tied", tied, (200, 200), 0.000, 0.050, 0.051),
        ("tied", tied, (20, 50), 0.001, 0.048, 0.054),
        ("tied", tied, (50, 200), 0.000, 0.050, 0.051),
        ("tied", tied, (200, 20), 0.000, 0.050, 0.053),
    ] {
        let samples = if sizes.0 + sizes.1 > 300 { 400 } else { 2_000 };
        let run = |method: &str, level: f64, errs: &dyn Fn(&SortedRun, &SortedRun) -> bool| {
            check(
                &format!("{method} {name} {sizes:?}"),
                samples,
                &tabulated(level, 40_000.0),
                |draw| {
                    let (b, c) = runs(draw, sizes, value);
                    errs(&b, &c)
                },
            );
        };
        let shifted = |b: &SortedRun, c: &SortedRun| {
            hodges_lehmann(b, c, &shift, RankReference::Normal).unwrap()
        };
        run("hodges-lehmann, interval", missed, &|b, c| {
            !shifted(b, c).interval.unwrap().contains(0.0)
        });
        run("hodges-lehmann, p", rejected, &|b, c| shifted(b, c).p.unwrap() <= 0.05);
        run("brunner-munzel", unequal, &|b, c| {
            brunner_munzel(b, c, &effect).is_ok_and(|outcome| outcome.p.unwrap() <= 0.05)
        });
    }
    // Equal centers of unequal spread: what Mann and Whitney's test cannot take.
    for (sizes, level) in
        [((20, 20), 0.052), ((80, 40), 0.050), ((40, 80), 0.051), ((200, 20), 0.050)]
    {
        let what = format!("brunner-munzel unequal spreads {sizes:?}");
        check(&what, 2_000, &tabulated(level, 40_000.0), |draw| {
            let (b, _) = runs(draw, (sizes.0, 1), |draw| 5.0 * draw.normal());
            let (c, _) = runs(draw, (sizes.1, 1), Draw::normal);
            brunner_munzel(&b, &c, &effect).unwrap().p.unwrap() <= 0.05
        });
    }
}

/// The coverage in the documentation of `bca_difference`: errors of two-sided 95 % intervals of 999
/// draws, of lognormal values.
#[test]
fn bootstraps_cover_as_documented() {
    let question = Question::differs_from(0.0);
    for (sigma, count, of_mean, of_difference) in [
        (0.5, 30, 0.078, 0.077),
        (0.5, 100, 0.060, 0.063),
        (1.0, 30, 0.107, 0.119),
        (1.0, 100, 0.078, 0.092),
        (1.5, 30, 0.163, 0.166),
    ] {
        let value = |draw: &mut Draw| (sigma * draw.normal()).exp();
        let mut seed = 0;
        let mut draws = || {
            seed += 1;
            Draws { seed, count: 999 }
        };
        let what = format!("bca mean {sigma} {count}");
        check(&what, 1_000, &tabulated(of_mean, 40_000.0), |draw| {
            let values = run(draw, count, value);
            let outcome = bca_mean(&values, &question, draws()).unwrap();
            !outcome.interval.unwrap().contains((0.5 * sigma * sigma).exp())
        });
        let what = format!("bca difference {sigma} {count}");
        check(&what, 1_000, &tabulated(of_difference, 20_000.0), |draw| {
            let (b, c) = runs(draw, (count, count), value);
            let outcome = bca_difference(&b, &c, &question, draws()).unwrap();
            !outcome.interval.unwrap().contains(0.0)
        });
    }
}

/// Permutations keep the level exactly, drawn or enumerated, of any values.
#[test]
fn permutation_levels_hold() {
    let question = Question::greater_than(0.0);
    for sizes in [(5, 6), (30, 20)] {
        check(&format!("permutation {sizes:?}"), 2_000, &Claim::AtMost(0.05), |draw| {
            let (b, c) = runs(draw, sizes, |draw| (1.5 * draw.normal()).exp());
            let draws = Draws { seed: 3, count: 199 };
            permutation(&b, &c, &question, draws).unwrap().p.unwrap() <= 0.05
        });
    }
    for count in [8, 40] {
        check(&format!("sign flip {count}"), 2_000, &Claim::AtMost(0.05), |draw| {
            let pairs: Vec<_> = (0..count).map(|_| (0.0, draw.normal().powi(3).round())).collect();
            let pairs = PairedValues::try_from(pairs).unwrap();
            let draws = Draws { seed: 3, count: 199 };
            sign_flip(&pairs, &question, draws).unwrap().p.unwrap() <= 0.05
        });
    }
}
