//! How often a method errs when its null hypothesis holds, by seeded simulation.
//!
//! In a plain run each check takes a fraction of a second; with `PHASEGATE_SLOW_TESTS` set it takes
//! twenty times the samples. A check fails where the number of errors would have a probability
//! below 1e-6 at the level that is claimed: so that a right method fails once in a million checks,
//! and a wrong one is found in proportion to the samples.

use phasegate_stats::dist::{Binomial, Discrete};
use phasegate_stats::one_sample::{clopper_pearson, mean_t, quantile_interval, wilson};
use phasegate_stats::paired::{
    Draws, clustered_t, mcnemar_exact, mcnemar_mid_p, paired_contrast, paired_quantile_difference,
    tango, wild_cluster,
};
use phasegate_stats::summary::{
    ClusterSums, ClusteredPair, Moments, Pair, PairMoments, PairTally, PairedValues, SortedRun,
    Summary, Tally,
};
use phasegate_stats::two_sample::{
    Events, fisher, linear_contrast, miettinen_nurminen, poisson_rate_ratio, quantile_difference,
    quantile_ratio, welch,
};
use phasegate_stats::{Alpha, Alternative, Question};

/// A generator for tests: `SplitMix64` with the normal distribution of Box and Muller.
struct Draw {
    state: u64,
}

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // Never 0 and never 1.
        ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    fn successes(&mut self, trials: u64, rate: f64) -> u64 {
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
enum Claim {
    /// At most this.
    AtMost(f64),
    /// This, within the tolerance that the method's documentation admits.
    Near(f64, f64),
}

/// Counts errors in seeded samples and holds them against the claim.
fn check(what: &str, samples: u64, claim: &Claim, mut errs: impl FnMut(&mut Draw) -> bool) {
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
        Claim::Near(level, tolerance) => (level - tolerance, level + tolerance),
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
