//! How often a method that looks many times errs at any of its looks.
//!
//! The simulation knows the data by what a method needs of them, and the boundary of a method by
//! asking it once for each look: so that a thousand looks at thousands of samples take a second.

use crate::calibration::{Claim, Draw, check, check_each};
use crate::levels::{count, rows};
use phasegate_stats::anytime::{
    Target, bernoulli_sequence, event_ratio_sequence, mcnemar_sequence, mean_contrast_sequence,
    mean_sequence, multinomial_sequence, pooled_t_sequence, quantile_sequence, t_sequence,
};
use phasegate_stats::sequential::{Looks, Spending};
use phasegate_stats::summary::{Moments, PairTally, SortedRun, Tally};
use phasegate_stats::two_sample::miettinen_nurminen;
use phasegate_stats::{Alpha, Alternative, Outcome, Question};

/// The rollout's five phases, as shares of the planned information.
const PHASES: [f64; 5] = [0.01, 0.05, 0.25, 0.5, 1.0];

fn target(null: f64, alternative: Alternative, planned: u64) -> Target {
    let question = Question { null, alternative, alpha: Alpha::FIVE_PERCENT };
    Target::new(question, planned).unwrap().starting_at(2)
}

#[test]
fn the_five_phases_spend_what_they_claim() {
    for spending in [Spending::ObrienFleming, Spending::Pocock, Spending::Power { rho: 2.0 }] {
        for alternative in [Alternative::TwoSided, Alternative::Greater] {
            let mut looks = Looks::new(spending, Alpha::FIVE_PERCENT, alternative).unwrap();
            let taken = PHASES.map(|fraction| looks.take(fraction).unwrap());
            let what = format!("phases {spending:?} {alternative:?}");
            check(&what, 50_000, &Claim::Exactly(0.05), |draw| {
                let (mut score, mut before) = (0.0, 0.0);
                taken.iter().any(|look| {
                    score += (look.fraction() - before).sqrt() * draw.normal();
                    before = look.fraction();
                    look.is_crossed(score / before.sqrt())
                })
            });
        }
    }
}

/// A method that runs at the nominal level of each bound keeps the level of the plan, with an
/// overrun of a tenth; the table in the documentation of `sequential`.
#[test]
fn a_method_at_nominal_levels_keeps_the_level() {
    const PLANNED: u64 = 2000;
    let sizes = [200, 500, 1000, 2200];
    for [rate, pocock, obrien_fleming] in rows(include_str!("../src/sequential/mod.rs")) {
        let of_each = [Spending::Pocock, Spending::ObrienFleming].map(|spending| {
            let mut looks =
                Looks::new(spending, Alpha::FIVE_PERCENT, Alternative::Greater).unwrap();
            let fractions = sizes.map(|size| size as f64 / PLANNED as f64);
            fractions.map(|fraction| looks.take(fraction).unwrap().question(0.0))
        });
        let what = format!("sequential/mod | {rate}");
        let what = [what.as_str(), &format!("{what} # 1")];
        let claims = [pocock, obrien_fleming].map(|level| Claim::Measured(level, 40_000));
        check_each(what, 2_000, claims.each_ref(), |draw| {
            let (mut baseline, mut candidate, mut before) = (0, 0, 0);
            let mut fired = [false; 2];
            for (look, size) in sizes.into_iter().enumerate() {
                baseline += draw.successes(size - before, rate);
                candidate += draw.successes(size - before, rate);
                before = size;
                let arm = |successes| Tally::new(successes, size).unwrap();
                for (fired, questions) in fired.iter_mut().zip(&of_each) {
                    let Some(question) = &questions[look] else { continue };
                    let outcome = miettinen_nurminen(&arm(baseline), &arm(candidate), question);
                    *fired |= outcome.unwrap().p.unwrap() <= question.alpha.get();
                }
            }
            fired
        });
    }
}

/// After stopping the stagewise p is uniform.
#[test]
fn a_stagewise_p_is_a_p() {
    let plan = Looks::new(Spending::Pocock, Alpha::FIVE_PERCENT, Alternative::Greater).unwrap();
    for level in [0.02, 0.3] {
        check(&format!("stagewise {level}"), 4_000, &Claim::Exactly(level), |draw| {
            let (mut looks, mut score, mut before) = (plan.clone(), 0.0, 0.0_f64);
            for fraction in [0.3, 0.6, 1.0] {
                score += (fraction - before).sqrt() * draw.normal();
                before = fraction;
                if looks.take(fraction).unwrap().is_crossed(score / before.sqrt()) {
                    break;
                }
            }
            looks.stagewise_p(score / before.sqrt()).unwrap().p <= level
        });
    }
}

const LOOKS: u64 = 1000;

/// For each number of trials the least count that fires; it never falls.
fn boundary(outcome: impl Fn(u64, u64) -> Outcome) -> Vec<u64> {
    let mut least = 0;
    (1..=LOOKS)
        .map(|trials| {
            while least <= trials && outcome(least, trials).p.unwrap() > 0.05 {
                least += 1;
            }
            least
        })
        .collect()
}

/// Looks after every trial whether the count of those with this rate has reached the boundary.
fn fires(draw: &mut Draw, rate: f64, boundary: &[u64]) -> bool {
    let mut count = 0;
    boundary.iter().any(|least| {
        count += u64::from(draw.uniform() < rate);
        count >= *least
    })
}

#[test]
fn counts_never_fire_too_often_over_a_thousand_looks() {
    for (limit, rate) in [(0.01, 0.01), (0.1, 0.1), (0.5, 0.5), (0.1, 0.08)] {
        let harm = target(limit, Alternative::Greater, 300);
        let least = boundary(|count, trials| {
            bernoulli_sequence(&Tally::new(count, trials).unwrap(), &harm).unwrap()
        });
        check(&format!("bernoulli {limit} {rate}"), 4_000, &Claim::AtMost(0.05), |draw| {
            fires(draw, rate, &least)
        });
    }
    let worse = target(0.5, Alternative::Less, 100);
    let least = boundary(|lost, pairs| {
        let pairs = PairTally::new(5, lost, pairs - lost, 0).unwrap();
        mcnemar_sequence(&pairs, &worse).unwrap()
    });
    check("mcnemar sequence", 4_000, &Claim::AtMost(0.05), |draw| fires(draw, 0.5, &least));
    let more = target(1.5, Alternative::Greater, 100);
    let least = boundary(|candidate, events| {
        event_ratio_sequence(events - candidate, candidate, 0.05, &more).unwrap()
    });
    check("event ratio", 4_000, &Claim::AtMost(0.05), |draw| {
        fires(draw, 0.05 * 1.5 / (0.05 * 1.5 + 0.95), &least)
    });
    // The 95th percentile is at the limit: one value in twenty lies above it.
    let slow = target(1.0, Alternative::Greater, 300);
    let least = boundary(|above, count| {
        let values = (0..count).map(|rank| if rank < above { 2.0 } else { 0.5 });
        let run = SortedRun::try_from(values.collect::<Vec<_>>()).unwrap();
        quantile_sequence(&run, 0.95, &slow).unwrap()
    });
    check("quantile sequence", 4_000, &Claim::AtMost(0.05), |draw| fires(draw, 0.05, &least));
}

/// The interval covers the rate at all of a thousand looks together.
#[test]
fn a_confidence_sequence_covers_at_all_looks() {
    for rate in [0.05, 0.5] {
        let both = target(rate, Alternative::TwoSided, 300);
        let of =
            |count, trials| bernoulli_sequence(&Tally::new(count, trials).unwrap(), &both).unwrap();
        // The least count above the rate that fires, and the greatest below it.
        let (mut high, mut low) = (1, None);
        let ends: Vec<(u64, Option<u64>)> = (1..=LOOKS)
            .map(|trials| {
                let contains = |count: u64| of(count, trials).interval.unwrap().contains(rate);
                while high <= trials && ((high as f64) < rate * trials as f64 || contains(high)) {
                    high += 1;
                }
                let next = low.map_or(0, |low: u64| low + 1);
                if (next as f64) < rate * trials as f64 && !contains(next) {
                    low = Some(next);
                }
                (high, low)
            })
            .collect();
        check(&format!("coverage {rate}"), 4_000, &Claim::AtMost(0.05), |draw| {
            let mut count = 0;
            ends.iter().any(|(high, low)| {
                count += u64::from(draw.uniform() < rate);
                count >= *high || low.is_some_and(|low| count <= low)
            })
        });
    }
    let shares = [0.5, 0.45, 0.05];
    let goal = target(0.0, Alternative::TwoSided, 300);
    check("multinomial", 500, &Claim::AtMost(0.05), |draw| {
        let mut counts = [0; 3];
        (0..100).any(|_| {
            for _ in 0..10 {
                let at = draw.uniform();
                counts[if at < 0.5 { 0 } else { usize::from(at >= 0.95) + 1 }] += 1;
            }
            multinomial_sequence(&counts, &shares, &goal).unwrap().p.unwrap() <= 0.05
        })
    });
}

/// Count, mean and squared deviations, one value at a time.
#[derive(Default)]
struct Running {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Running {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let gap = value - self.mean;
        self.mean += gap / self.count;
        self.squares += gap * (value - self.mean);
    }

    fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }
}

/// How many standard errors from the null value a method of one look fires, from its interval.
fn needed(outcome: &Outcome, standard_error: f64) -> f64 {
    let interval = outcome.interval.unwrap();
    let estimate = outcome.estimate.unwrap();
    (estimate - interval.lower).min(interval.upper - estimate) / standard_error
}

fn unit(count: u64) -> Moments {
    Moments::from_parts(count, 0.0, (count - 1) as f64).unwrap()
}

#[test]
fn t_is_exact_for_normal_values_over_a_thousand_looks() {
    for (alternative, mean) in
        [(Alternative::TwoSided, 0.0), (Alternative::Greater, 0.0), (Alternative::Greater, -0.02)]
    {
        let goal = target(0.0, alternative, 200);
        let limits: Vec<f64> = (2..2 + LOOKS)
            .map(|n| needed(&t_sequence(&unit(n), &goal).unwrap(), 1.0 / (n as f64).sqrt()))
            .collect();
        let what = format!("t sequence {alternative:?} {mean}");
        check(&what, 2_000, &Claim::AtMost(0.05), |draw| {
            let mut values = Running::default();
            values.add(mean + draw.normal());
            limits.iter().any(|limit| {
                values.add(mean + draw.normal());
                let t = values.mean / (values.variance() / values.count).sqrt();
                let far = if alternative == Alternative::TwoSided { t.abs() } else { t };
                far >= *limit
            })
        });
    }
    let goal = target(0.0, Alternative::Greater, 100);
    let limits: Vec<f64> = (2..2 + LOOKS)
        .map(|n| {
            let outcome = pooled_t_sequence(&unit(n), &unit(n), &goal).unwrap();
            needed(&outcome, (2.0 / n as f64).sqrt())
        })
        .collect();
    check("pooled t sequence", 2_000, &Claim::AtMost(0.05), |draw| {
        let (mut baseline, mut candidate) = (Running::default(), Running::default());
        baseline.add(draw.normal());
        candidate.add(draw.normal());
        limits.iter().any(|limit| {
            baseline.add(draw.normal());
            candidate.add(draw.normal());
            let variance = f64::midpoint(baseline.variance(), candidate.variance());
            let error = (2.0 * variance / baseline.count).sqrt();
            (candidate.mean - baseline.mean) / error >= *limit
        })
    });
}

/// The table in the documentation of `anytime`: false alarms of one-sided watches at 5 %.
#[test]
fn asymptotic_levels_are_as_documented() {
    const UNTIL: u64 = 10_000;
    for [sigma, first, more, fewer, arms] in rows(include_str!("../src/anytime/mod.rs")) {
        let harm = target(0.0, Alternative::Greater, 2000);
        let start = count(first);
        let step = (UNTIL - start).div_ceil(LOOKS);
        let sizes: Vec<u64> = (0..LOOKS).map(|look| start + step * look).collect();
        let of_each = |needed: &dyn Fn(u64) -> f64| -> Vec<f64> {
            sizes.iter().map(|size| needed(*size)).collect()
        };
        let of_one =
            of_each(&|n| needed(&mean_sequence(&unit(n), &harm).unwrap(), 1.0 / (n as f64).sqrt()));
        let of_arms = of_each(&|n| {
            let outcome = mean_contrast_sequence(&unit(n), &unit(n), 1.0, &harm).unwrap();
            needed(&outcome, (2.0 / n as f64).sqrt())
        });
        let expected = (0.5 * sigma * sigma).exp();
        let what = format!("anytime/mod | {sigma} | {first}");
        let what = [what.as_str(), &format!("{what} # 1"), &format!("{what} # 2")];
        let claims = [more, fewer, arms].map(|level| Claim::Measured(level, 10_000));
        check_each(what, 500, claims.each_ref(), |draw| {
            let (mut baseline, mut candidate) = (Running::default(), Running::default());
            let mut fired = [false; 3];
            for ((size, one), arms) in sizes.iter().zip(&of_one).zip(&of_arms) {
                while baseline.count < *size as f64 {
                    baseline.add((sigma * draw.normal()).exp());
                    candidate.add((sigma * draw.normal()).exp());
                }
                let far =
                    (baseline.mean - expected) / (baseline.variance() / baseline.count).sqrt();
                let error = ((baseline.variance() + candidate.variance()) / baseline.count).sqrt();
                let apart = (candidate.mean - baseline.mean) / error;
                for (fired, now) in
                    fired.iter_mut().zip([far >= *one, -far >= *one, apart >= *arms])
                {
                    *fired |= now;
                }
            }
            fired
        });
    }
}
