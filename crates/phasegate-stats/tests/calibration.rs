//! How often a method errs when its null hypothesis holds, by seeded simulation.
//!
//! Methods on counts are in `levels`, where nothing is drawn. Here a check fails where the number
//! of errors would have a probability below 1e-6 at the level that is claimed: so that a right
//! method fails once in a million checks, and a wrong one is found in proportion to the samples. In
//! a plain run each check takes a fraction of a second; with `PHASEGATE_SLOW_TESTS` set it takes
//! twenty times the samples. With `PHASEGATE_MEASURE_TESTS` set the levels that the documentation
//! tabulates are measured anew, from other seeds and from as many samples as it says, and shown.

use crate::levels::{count, rows};
use phasegate_stats::design::multiplicity::{Tested, benjamini_hochberg, hochberg, holm};
use phasegate_stats::design::power::{
    Arm, ClustersDesign, Design, EquivalenceDesign, McnemarDesign, MeansDesign, PairedMeansDesign,
    PairedRatesDesign, QuantileArm, QuantileEffect, QuantilesDesign, RateDesign, RatesDesign,
};
use phasegate_stats::design::{Better, Conclusion, Hypothesis, cuped};
use phasegate_stats::dist::{Binomial, Discrete};
use phasegate_stats::one_sample::{bca_mean, clopper_pearson, mean_t, quantile_interval};
use phasegate_stats::paired::{
    Draws, clustered_t, mcnemar_exact, paired_contrast, paired_quantile_difference, sign_flip,
    tango, wild_cluster,
};
use phasegate_stats::summary::{
    ClusterSums, ClusteredPair, Moments, Pair, PairMoments, PairTally, PairedValues, SortedRun,
    Summary, Tally,
};
use phasegate_stats::two_sample::{
    RankReference, bca_difference, brunner_munzel, hodges_lehmann, linear_contrast, mann_whitney,
    miettinen_nurminen, permutation, quantile_difference, quantile_ratio, welch,
};
use phasegate_stats::{Alpha, Alternative, Question};

/// A generator for tests: `SplitMix64` with the normal distribution of Box and Muller.
pub(crate) struct Draw {
    state: u64,
    spare: Option<f64>,
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
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let (radius, angle) = (self.uniform(), self.uniform());
        let radius = (-2.0 * radius.ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * angle).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }

    pub(crate) fn successes(&mut self, trials: u64, rate: f64) -> u64 {
        (0..trials).map(|_| u64::from(self.uniform() < rate)).sum()
    }

    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

/// What is claimed of the rate of errors.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Claim {
    /// At most this.
    AtMost(f64),
    /// This: what theory says.
    Exactly(f64),
    /// From one to the other: what the documentation admits.
    Between(f64, f64),
    /// What the documentation tabulates to three decimals, measured from so many samples.
    Measured(f64, u64),
}

impl Claim {
    /// The least and the greatest rate that the claim leaves open.
    fn range(self) -> (f64, f64) {
        match self {
            Self::AtMost(level) => (0.0, level),
            Self::Exactly(level) => (level, level),
            Self::Between(least, most) => (least, most),
            Self::Measured(level, samples) => {
                // Clopper and Pearson's, of the number of errors that was rounded to the level.
                let alpha = Alpha::new(0.5 * ERROR).unwrap();
                let question = Question::differs_from(0.5).at(alpha);
                let bounds = |level: f64| {
                    let errors = count((level.clamp(0.0, 1.0) * samples as f64).round());
                    let tally = Tally::new(errors.min(samples), samples).unwrap();
                    clopper_pearson(&tally, &question).unwrap().interval.unwrap()
                };
                (bounds(level - 0.0005).lower, bounds(level + 0.0005).upper)
            }
        }
    }
}

/// The probability that a check fails although its claim holds.
const ERROR: f64 = 1e-6;

/// Counts errors in seeded samples and holds them against the claim.
pub(crate) fn check(
    what: &str,
    samples: u64,
    claim: &Claim,
    mut errs: impl FnMut(&mut Draw) -> bool,
) {
    check_each([what], samples, [claim], |draw| [errs(draw)]);
}

/// The same for several claims about the same samples.
pub(crate) fn check_each<const N: usize>(
    what: [&str; N],
    samples: u64,
    claims: [&Claim; N],
    mut errs: impl FnMut(&mut Draw) -> [bool; N],
) {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let measured = claims.iter().filter_map(|claim| match claim {
        Claim::Measured(_, samples) => Some(*samples),
        _ => None,
    });
    let measured = measured.max().filter(|_| is_set("PHASEGATE_MEASURE_TESTS"));
    let slow = if is_set("PHASEGATE_SLOW_TESTS") { 20 } else { 1 };
    let (samples, salt) = measured.map_or((slow * samples, 17), |samples| (samples, 71));
    let bytes = what.iter().flat_map(|what| what.bytes());
    let seed = bytes.fold(salt, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
    let mut draw = Draw { state: seed, spare: None };
    let mut errors = [0_u64; N];
    for _ in 0..samples {
        for (errors, err) in errors.iter_mut().zip(errs(&mut draw)) {
            *errors += u64::from(err);
        }
    }
    for ((what, errors), claim) in what.into_iter().zip(errors).zip(claims) {
        let rate = errors as f64 / samples as f64;
        println!("{what}: {rate:.3} of {samples}");
        if measured.is_some() {
            continue;
        }
        let (least, most) = claim.range();
        let too_many = errors > 0
            && Binomial::new(samples, most).unwrap().sf(errors - 1).unwrap() < 0.5 * ERROR;
        let too_few = Binomial::new(samples, least).unwrap().cdf(errors).unwrap() < 0.5 * ERROR;
        assert!(
            !too_many && !too_few,
            "{what}: {errors} errors in {samples}, a rate of {rate:.4}; claimed {claim:?}, which \
             leaves open {least:.4} to {most:.4}"
        );
    }
}

fn greater(null: f64) -> Question {
    Question::greater_than(null).at(Alpha::FIVE_PERCENT)
}

fn less(null: f64) -> Question {
    Question::less_than(null).at(Alpha::FIVE_PERCENT)
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

fn sample(draw: &mut Draw, count: u64, mut value: impl FnMut(&mut Draw) -> f64) -> Moments {
    let values: Vec<_> = (0..count).map(|_| value(draw)).collect();
    let mut moments = Moments::default();
    moments.update_slice(&values).unwrap();
    moments
}

#[test]
fn normal_levels_hold_exactly() {
    check("mean t", 20_000, &Claim::Exactly(0.05), |draw| {
        let values = sample(draw, 5, |draw| 3.0 + draw.normal());
        mean_t(&values, &greater(3.0)).unwrap().p.unwrap() <= 0.05
    });
    check("paired contrast", 10_000, &Claim::Exactly(0.05), |draw| {
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

/// The tables in the documentation of `welch` and `linear_contrast`.
#[test]
fn levels_of_contrasts_are_as_documented() {
    for [spread, b, c, level] in rows(include_str!("../src/two_sample/welch.rs")) {
        let what = format!("two_sample/welch | {spread} | {b} | {c}");
        check(&what, 10_000, &Claim::Measured(level, 1_000_000), |draw| {
            let baseline = sample(draw, count(b), Draw::normal);
            let candidate = sample(draw, count(c), |draw| spread * draw.normal());
            welch(&baseline, &candidate, &Question::differs_from(0.0)).unwrap().p.unwrap() <= 0.05
        });
    }
    for [sigma, b, c, level] in rows(include_str!("../src/two_sample/linear_contrast.rs")) {
        let what = format!("two_sample/linear_contrast | {sigma} | {b} | {c}");
        check(&what, 2_000, &Claim::Measured(level, 40_000), |draw| {
            let baseline = sample(draw, count(b), |draw| (sigma * draw.normal()).exp());
            let candidate = sample(draw, count(c), |draw| 1.1 * (sigma * draw.normal()).exp());
            linear_contrast(&baseline, &candidate, 1.1, &less(0.0)).unwrap().p.unwrap() <= 0.05
        });
    }
}

/// The table in the documentation of `paired_t`.
#[test]
fn levels_of_paired_contrasts_are_as_documented() {
    for [sigma, correlation, n, level] in rows(include_str!("../src/paired/paired_t.rs")) {
        let what = format!("paired/paired_t | {sigma} | {correlation} | {n}");
        check(&what, 2_000, &Claim::Measured(level, 40_000), |draw| {
            let (common, own) = (f64::sqrt(correlation), f64::sqrt(1.0 - correlation));
            let mut pairs = PairMoments::default();
            for _ in 0..count(n) {
                let shared = common * draw.normal();
                let mut value = || (sigma * (shared + own * draw.normal())).exp();
                let pair = Pair { baseline: value(), candidate: 1.1 * value() };
                pairs.update(pair).unwrap();
            }
            paired_contrast(&pairs, 1.1, &less(0.0)).unwrap().p.unwrap() <= 0.05
        });
    }
}

/// The table in the documentation of `mean_t`: one skewed sample has nothing that the skew cancels.
#[test]
fn levels_of_one_mean_are_as_documented() {
    for [sigma, n, more, fewer] in rows(include_str!("../src/one_sample/mean_t.rs")) {
        let what = format!("one_sample/mean_t | {sigma} | {n}");
        let what = [what.as_str(), &format!("{what} # 1")];
        let claims = [&Claim::Measured(more, 40_000), &Claim::Measured(fewer, 40_000)];
        let mean = (0.5 * sigma * sigma).exp();
        check_each(what, 4_000, claims, |draw| {
            let values = sample(draw, count(n), |draw| (sigma * draw.normal()).exp());
            [greater(mean), less(mean)]
                .map(|question| mean_t(&values, &question).unwrap().p.unwrap() <= 0.05)
        });
    }
}

fn draw_clusters(draw: &mut Draw, groups: u64) -> ClusterSums {
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

/// The tables in the documentation of `clustered_t` and `wild_cluster`.
#[test]
fn levels_of_clusters_are_as_documented() {
    for [clusters, level] in rows(include_str!("../src/paired/clustered_t.rs")) {
        let what = format!("paired/clustered_t | {clusters}");
        check(&what, 4_000, &Claim::Measured(level, 40_000), |draw| {
            let sums = draw_clusters(draw, count(clusters));
            clustered_t(&sums, 1.0, &Question::differs_from(0.0)).unwrap().p.unwrap() <= 0.05
        });
    }
    for [clusters, level] in rows(include_str!("../src/paired/wild_cluster.rs")) {
        let what = format!("paired/wild_cluster | {clusters}");
        // Beyond eight clusters an interval takes milliseconds.
        let samples = if clusters > 8.0 { 150 } else { 1_000 };
        check(&what, samples, &Claim::Measured(level, 20_000), |draw| {
            let sums = draw_clusters(draw, count(clusters));
            let draws = Draws { seed: 3, count: 199 };
            wild_cluster(&sums, 1.0, &greater(0.0), draws).unwrap().p.unwrap() <= 0.05
        });
    }
}

fn run(draw: &mut Draw, count: u64, mut value: impl FnMut(&mut Draw) -> f64) -> SortedRun {
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

/// The tables in the documentation of `quantile_difference` and of `paired_quantile_difference`:
/// errors about a 95th percentile, two-sided and of an upper bound.
#[test]
fn quantile_differences_err_as_documented() {
    for [n, both, upper] in rows(include_str!("../src/two_sample/quantile_difference.rs")) {
        let what = format!("two_sample/quantile_difference | {n}");
        let what = [what.as_str(), &format!("{what} # 1")];
        let claims = [&Claim::Measured(both, 20_000), &Claim::Measured(upper, 20_000)];
        check_each(what, if n > 1000.0 { 400 } else { 1_500 }, claims, |draw| {
            let baseline = run(draw, count(n), |draw| (0.9 * draw.normal()).exp());
            let candidate = run(draw, count(n), |draw| (0.9 * draw.normal()).exp());
            [Question::differs_from(0.0), less(0.0)].map(|question| {
                let outcome = quantile_difference(&baseline, &candidate, 0.95, &question);
                outcome.unwrap().p.unwrap() <= 0.05
            })
        });
    }
    // A ratio is at most 1.1 where the difference to 1.1 times the baseline is at most 0.
    let mut table = rows(include_str!("../src/two_sample/quantile_difference.rs")).into_iter();
    let [_, _, upper] = table.find(|[n, _, _]| *n == 600.0).unwrap();
    check("two_sample/quantile_ratio", 1_500, &Claim::Measured(upper, 20_000), |draw| {
        let baseline = run(draw, 600, |draw| (0.9 * draw.normal()).exp());
        let candidate = run(draw, 600, |draw| 1.1 * (0.9 * draw.normal()).exp());
        let outcome = quantile_ratio(&baseline, &candidate, 0.95, &less(1.1)).unwrap();
        outcome.p.unwrap() <= 0.05
    });
    let paired = rows(include_str!("../src/paired/paired_quantile_difference.rs"));
    for [n, correlation, both, upper] in paired {
        let what = format!("paired/paired_quantile_difference | {n} | {correlation}");
        let what = [what.as_str(), &format!("{what} # 1")];
        let claims = [&Claim::Measured(both, 10_000), &Claim::Measured(upper, 10_000)];
        check_each(what, if n > 1000.0 { 200 } else { 600 }, claims, |draw| {
            let (common, own) = (f64::sqrt(correlation), f64::sqrt(1.0 - correlation));
            let pairs: Vec<_> = (0..count(n))
                .map(|_| {
                    let shared = common * draw.normal();
                    let mut value = || (0.9 * (shared + own * draw.normal())).exp();
                    (value(), value())
                })
                .collect();
            let values = PairedValues::try_from(pairs).unwrap();
            [Question::differs_from(0.0), less(0.0)].map(|question| {
                let outcome = paired_quantile_difference(&values, 0.95, &question);
                outcome.unwrap().p.unwrap() <= 0.05
            })
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
    check("power of mcnemar", 10_000, &Claim::Exactly(power), |draw| {
        let tally = draw_pairs(draw, 120, 0.21, 0.09);
        mcnemar_exact(&tally, &greater(0.0)).unwrap().p.unwrap() < 0.05
    });
    let plan = PairedRatesDesign::new(0.04, 0.06, greater(-0.08)).unwrap();
    let power = plan.power(150).unwrap();
    check("power of tango", 10_000, &Claim::Exactly(power), |draw| {
        let tally = draw_pairs(draw, 150, 0.1, -0.02);
        tango(&tally, &greater(-0.08)).unwrap().p.unwrap() < 0.05
    });
    let plan = RatesDesign::new(0.05, 0.06, 2.5, less(0.08)).unwrap();
    let power = plan.power(80).unwrap();
    check("power of miettinen-nurminen", 5_000, &Claim::Exactly(power), |draw| {
        let baseline = Tally::new(draw.successes(200, 0.05), 200).unwrap();
        let candidate = Tally::new(draw.successes(80, 0.06), 80).unwrap();
        miettinen_nurminen(&baseline, &candidate, &less(0.08)).unwrap().p.unwrap() < 0.05
    });
    let plan = RateDesign::new(0.98, greater(0.95)).unwrap();
    let power = plan.power(260).unwrap();
    check("power of clopper-pearson", 5_000, &Claim::Exactly(power), |draw| {
        let tally = Tally::new(draw.successes(260, 0.98), 260).unwrap();
        clopper_pearson(&tally, &greater(0.95)).unwrap().interval.unwrap().lower > 0.95
    });
    let plan = RateDesign::of_quantile(0.9, 0.94, Alternative::Less, Alpha::FIVE_PERCENT).unwrap();
    let power = plan.power(200).unwrap();
    check("power of a quantile bound", 3_000, &Claim::Exactly(power), |draw| {
        let values = run(draw, 200, Draw::uniform);
        quantile_interval(&values, 0.9, &less(0.94)).unwrap().interval.unwrap().upper < 0.94
    });
}

#[test]
fn plans_of_means_are_kept() {
    let arm = |mean, deviation| Arm { mean, deviation };
    let plan = MeansDesign::new(arm(1.0, 1.0), arm(1.6, 2.0), 1.1, 2.5, greater(-0.3)).unwrap();
    let power = plan.power(20).unwrap();
    check("power of a contrast", 10_000, &Claim::Between(power - 0.005, power + 0.005), |draw| {
        let (b, c) = (moments(draw, 50, 1.0, 1.0), moments(draw, 20, 1.6, 2.0));
        linear_contrast(&b, &c, 1.1, &greater(-0.3)).unwrap().p.unwrap() < 0.05
    });
    let plan =
        PairedMeansDesign::of_arms(arm(1.0, 1.0), arm(1.3, 1.0), 0.6, 1.0, greater(0.0)).unwrap();
    let power = plan.power(40).unwrap();
    check("power of paired means", 10_000, &Claim::Exactly(power), |draw| {
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
    check("power of clusters", 3_000, &Claim::Exactly(power), |draw| {
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
    check("power of equivalence", 10_000, &Claim::Exactly(power), |draw| {
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
    check("power of quantiles", 600, &Claim::Between(power - 0.03, power), |draw| {
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
fn levels_of_adjusted_means_are_as_documented() {
    for [baseline, candidate, level] in rows(include_str!("../src/design/cuped.rs")) {
        let what = format!("design/cuped | {baseline} | {candidate}");
        check(&what, 10_000, &Claim::Measured(level, 100_000), |draw| {
            let mut arm = |size: f64| {
                let mut pairs = PairMoments::default();
                for _ in 0..count(size) {
                    // A skewed covariate, as sizes of requests are.
                    let covariate = draw.normal().exp();
                    let metric = 2.0 * covariate + draw.normal();
                    pairs.update(Pair { baseline: covariate, candidate: metric }).unwrap();
                }
                pairs
            };
            let (b, c) = (arm(baseline), arm(candidate));
            cuped(&b, &c, &Question::differs_from(0.0)).unwrap().outcome.p.unwrap() <= 0.05
        });
    }
}

fn runs(
    draw: &mut Draw,
    sizes: (u64, u64),
    mut value: impl FnMut(&mut Draw) -> f64,
) -> (SortedRun, SortedRun) {
    (run(draw, sizes.0, &mut value), run(draw, sizes.1, &mut value))
}

/// Ranks know neither heavy tails nor ties; exact references stay at or below the level.
#[test]
fn exact_rank_levels_hold() {
    type Value = fn(&mut Draw) -> f64;
    let heavy: Value = |draw| (1.5 * draw.normal()).exp();
    let tied: Value = |draw| draw.poisson(1.5) as f64;
    let question = Question::differs_from(0.5);
    for (name, value) in [("heavy", heavy), ("tied", tied)] {
        check(&format!("mann-whitney exact {name}"), 2_000, &Claim::AtMost(0.05), |draw| {
            let (b, c) = runs(draw, (9, 7), value);
            mann_whitney(&b, &c, &question, RankReference::Exact).unwrap().p.unwrap() <= 0.05
        });
    }
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
        ("heavy", heavy, (8, 12), 0.048, 0.048, 0.057),
        ("heavy", heavy, (20, 20), 0.046, 0.046, 0.050),
        ("heavy", heavy, (50, 50), 0.049, 0.049, 0.050),
        ("heavy", heavy, (200, 200), 0.049, 0.049, 0.050),
        ("heavy", heavy, (20, 50), 0.048, 0.048, 0.053),
        ("heavy", heavy, (50, 200), 0.050, 0.050, 0.051),
        ("heavy", heavy, (200, 20), 0.050, 0.050, 0.053),
        ("tied", tied, (8, 12), 0.005, 0.046, 0.061),
        ("tied", tied, (20, 20), 0.002, 0.048, 0.054),
        ("tied", tied, (50, 50), 0.000, 0.048, 0.050),
        ("tied", tied, (200, 200), 0.000, 0.050, 0.051),
        ("tied", tied, (20, 50), 0.001, 0.048, 0.054),
        ("tied", tied, (50, 200), 0.000, 0.050, 0.051),
        ("tied", tied, (200, 20), 0.000, 0.050, 0.053),
    ] {
        let samples = if sizes.0 + sizes.1 > 300 { 500 } else { 3_000 };
        let methods = ["hodges-lehmann, interval", "hodges-lehmann, p", "brunner-munzel"];
        let what = methods.map(|method| format!("{method} {name} {sizes:?}"));
        let claims = [missed, rejected, unequal].map(|level| Claim::Measured(level, 40_000));
        check_each(what.each_ref().map(String::as_str), samples, claims.each_ref(), |draw| {
            let (b, c) = runs(draw, sizes, value);
            let shifted = hodges_lehmann(&b, &c, &shift, RankReference::Normal).unwrap();
            // The test that the interval inverts.
            let p = mann_whitney(&b, &c, &effect, RankReference::Normal).unwrap().p.unwrap();
            assert!((p - shifted.p.unwrap()).abs() < 1e-12);
            let unequal = brunner_munzel(&b, &c, &effect);
            [
                !shifted.interval.unwrap().contains(0.0),
                p <= 0.05,
                unequal.is_ok_and(|outcome| outcome.p.unwrap() <= 0.05),
            ]
        });
    }
    // Equal centers of unequal spread: what Mann and Whitney's test cannot take.
    for (sizes, level) in
        [((20, 20), 0.052), ((80, 40), 0.050), ((40, 80), 0.051), ((200, 20), 0.050)]
    {
        let what = format!("brunner-munzel unequal spreads {sizes:?}");
        check(&what, 2_000, &Claim::Measured(level, 40_000), |draw| {
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
        check(&what, 1_000, &Claim::Measured(of_mean, 40_000), |draw| {
            let values = run(draw, count, value);
            let outcome = bca_mean(&values, &question, draws()).unwrap();
            !outcome.interval.unwrap().contains((0.5 * sigma * sigma).exp())
        });
        let what = format!("bca difference {sigma} {count}");
        check(&what, 1_000, &Claim::Measured(of_difference, 20_000), |draw| {
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
