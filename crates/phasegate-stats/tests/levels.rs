//! How often methods on counts err when their null hypothesis holds: every outcome is summed with
//! its probability, nothing is drawn.
//!
//! What is guaranteed is at most the level; what is not is tabulated in the documentation of the
//! method, and each row of these tables is computed here.

use phasegate_stats::design::{ArmCount, sample_ratio};
use phasegate_stats::dist::{Binomial, Discrete};
use phasegate_stats::one_sample::{binomial_exact, clopper_pearson, jeffreys, wilson};
use phasegate_stats::paired::{
    Continuity, mcnemar_chi_square, mcnemar_exact, mcnemar_mid_p, newcombe_paired, tango,
};
use phasegate_stats::summary::{PairTally, Tally};
use phasegate_stats::two_sample::{
    Events, farrington_manning, fisher, koopman, miettinen_nurminen, newcombe, poisson_rate_ratio,
};
use phasegate_stats::{Error, Outcome, Question};

type OnTally = fn(&Tally, &Question) -> Result<Outcome, Error>;
type OnArms = fn(&Tally, &Tally, &Question) -> Result<Outcome, Error>;
type OnPairs = fn(&PairTally, &Question) -> Result<Outcome, Error>;

/// Two-sided, and toward each side.
type Levels = [f64; 3];

const ALPHA: f64 = 0.05;

/// Outcomes less likely than this are left out: a million of them do not show.
const UNLIKELY: f64 = 1e-13;

/// The outcomes of so many trials, with their probabilities.
fn binomial(trials: u64, rate: f64) -> Vec<(u64, f64)> {
    let of = Binomial::new(trials, rate).unwrap();
    let all = (0..=trials).map(|count| (count, of.ln_pmf(count).exp()));
    all.filter(|(_, mass)| *mass > UNLIKELY).collect()
}

fn questions(null: f64) -> [Question; 3] {
    [Question::differs_from(null), Question::greater_than(null), Question::less_than(null)]
}

/// Whether an answer to the question is wrong where the null value is the truth.
fn errs(outcome: &Outcome, null: f64) -> bool {
    match (outcome.p, outcome.interval) {
        (Some(p), _) => p <= ALPHA,
        (None, Some(interval)) => !interval.contains(null),
        (None, None) => panic!("neither p nor interval: {outcome:?}"),
    }
}

/// Sums over outcomes what each question errs.
fn sum<T>(
    null: f64,
    outcomes: impl IntoIterator<Item = (T, f64)>,
    method: impl Fn(&T, &Question) -> Result<Outcome, Error>,
) -> Levels {
    let mut levels = [0.0; 3];
    for (outcome, mass) in outcomes {
        for (level, question) in levels.iter_mut().zip(questions(null)) {
            if errs(&method(&outcome, &question).unwrap(), null) {
                *level += mass;
            }
        }
    }
    levels
}

fn of_tally(method: OnTally, trials: u64, rate: f64) -> Levels {
    let outcomes = binomial(trials, rate).into_iter();
    let outcomes = outcomes.map(|(count, mass)| (Tally::new(count, trials).unwrap(), mass));
    sum(rate, outcomes, method)
}

fn of_arms(method: OnArms, (n_b, n_c): (u64, u64), (b, c): (f64, f64), null: f64) -> Levels {
    let candidate = binomial(n_c, c);
    let both = binomial(n_b, b).into_iter().flat_map(|(b, mass_b)| {
        candidate.iter().filter(move |(_, mass_c)| mass_b * mass_c > UNLIKELY).map(
            move |(c, mass_c)| {
                ((Tally::new(b, n_b).unwrap(), Tally::new(*c, n_c).unwrap()), mass_b * mass_c)
            },
        )
    });
    sum(null, both, |(b, c), question| method(b, c, question))
}

/// Of concordant pairs this share is right in both versions; only [`newcombe_paired`] looks at it.
const RIGHT: f64 = 0.9;

fn of_pairs(method: OnPairs, pairs: u64, discordant: f64, difference: f64) -> Levels {
    let (gains, losses) = (0.5 * (discordant + difference), 0.5 * (discordant - difference));
    let mut outcomes = Vec::new();
    for (lost, mass_lost) in binomial(pairs, losses) {
        for (gained, mass_gained) in binomial(pairs - lost, gains / (1.0 - losses)) {
            let (same, mass) = (pairs - lost - gained, mass_lost * mass_gained);
            if mass <= UNLIKELY {
                continue;
            }
            for (both, mass_both) in binomial(same, RIGHT) {
                if mass * mass_both > UNLIKELY {
                    let pairs = PairTally::new(both, lost, gained, same - both).unwrap();
                    outcomes.push((pairs, mass * mass_both));
                }
            }
        }
    }
    sum(difference, outcomes, method)
}

#[test]
fn guaranteed_levels_hold() {
    let mut levels: Vec<(String, Levels)> = Vec::new();
    let on_tally: [(&str, OnTally); 2] =
        [("clopper-pearson", clopper_pearson), ("binomial", binomial_exact)];
    for (name, method) in on_tally {
        for (trials, rate) in [(1, 0.05), (20, 0.5), (100, 0.95), (100, 0.02), (500, 0.9)] {
            levels.push((format!("{name} {trials} {rate}"), of_tally(method, trials, rate)));
        }
    }
    for (n_b, n_c, rate) in [(30, 30, 0.3), (200, 40, 0.05), (3, 5, 0.5)] {
        let level = of_arms(fisher, (n_b, n_c), (rate, rate), 1.0);
        levels.push((format!("fisher {n_b} {n_c} {rate}"), level));
    }
    for (pairs, discordant) in [(20, 0.5), (50, 0.1), (100, 0.2)] {
        // Concordant pairs do not enter.
        let level = of_pairs(mcnemar_exact, pairs, discordant, 0.0);
        levels.push((format!("mcnemar {pairs} {discordant}"), level));
    }
    let poisson = |mean: f64| {
        let mut mass = (-mean).exp();
        let mut all = Vec::new();
        for count in 0..200 {
            all.push((count, mass));
            mass *= mean / (count + 1) as f64;
        }
        all
    };
    for (b, c, exposures, ratio) in [(12.0, 6.0, (3.0, 1.0), 1.5), (2.0, 2.0, (1.0, 1.0), 1.0)] {
        let outcomes = poisson(b).into_iter().flat_map(|(b, mass_b)| {
            poisson(c).into_iter().map(move |(c, mass_c)| ((b, c), mass_b * mass_c))
        });
        let level =
            sum(ratio, outcomes.filter(|(_, mass)| *mass > UNLIKELY), |(b, c), question| {
                let baseline = Events { count: *b, exposure: exposures.0 };
                let candidate = Events { count: *c, exposure: exposures.1 };
                poisson_rate_ratio(&baseline, &candidate, question)
            });
        levels.push((format!("poisson {b} {c}"), level));
    }
    for (what, levels) in levels {
        println!("{what}: {levels:.4?}");
        assert!(levels.iter().all(|level| *level <= ALPHA + 1e-9), "{what}: {levels:?}");
        // None of them is so careful that it never answers.
        assert!(what.contains(" 1 ") || what.contains(" 3 ") || levels[0] > 0.001, "{what}");
    }
}

/// The rows of numbers of the table in a file's documentation.
pub(crate) fn rows<const N: usize>(source: &str) -> Vec<[f64; N]> {
    let cells = |line: &str| -> Option<Vec<f64>> {
        let row = line.strip_prefix("/// |").or_else(|| line.strip_prefix("//! |"))?;
        let row = row.strip_suffix('|')?;
        row.split('|').map(|cell| cell.trim().parse().ok()).collect()
    };
    let rows: Vec<_> = source.lines().filter_map(cells).collect();
    rows.into_iter().map(|row| row.try_into().unwrap()).collect()
}

/// Each computed level is the documented one, to its three decimals.
fn compare(name: &str, row: &[f64], documented: &[f64], levels: Levels, faults: &mut Vec<String>) {
    let inputs = row.iter().map(f64::to_string).collect::<Vec<_>>().join(" | ");
    let line = format!("{inputs} | {:.3} | {:.3} | {:.3} |", levels[0], levels[1], levels[2]);
    println!("{name} /// | {line}");
    if documented.iter().zip(levels).any(|(told, level)| (told - level).abs() > 0.000_501) {
        faults.push(format!("{name}: {line}"));
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts in a table")]
pub(crate) fn count(cell: f64) -> u64 {
    cell as u64
}

#[test]
fn approximate_levels_are_as_documented() {
    let mut faults = Vec::new();
    let on_tally: [(&str, OnTally, &str); 2] = [
        ("wilson", wilson, include_str!("../src/one_sample/wilson.rs")),
        ("jeffreys", jeffreys, include_str!("../src/one_sample/jeffreys.rs")),
    ];
    for (name, method, source) in on_tally {
        let rows = rows::<5>(source);
        assert!(rows.len() >= 8, "{name} has only {} rows", rows.len());
        for [trials, rate, documented @ ..] in rows {
            let levels = of_tally(method, count(trials), rate);
            compare(name, &[trials, rate], &documented, levels, &mut faults);
        }
    }
    let on_arms: [(&str, OnArms, &str); 4] = [
        (
            "miettinen_nurminen",
            miettinen_nurminen,
            include_str!("../src/two_sample/miettinen_nurminen.rs"),
        ),
        (
            "farrington_manning",
            farrington_manning,
            include_str!("../src/two_sample/farrington_manning.rs"),
        ),
        ("newcombe", newcombe, include_str!("../src/two_sample/newcombe.rs")),
        ("koopman", koopman, include_str!("../src/two_sample/koopman.rs")),
    ];
    for (name, method, source) in on_arms {
        let rows = rows::<7>(source);
        assert!(rows.len() >= 8, "{name} has only {} rows", rows.len());
        for [n_b, n_c, rate, effect, documented @ ..] in rows {
            let candidate = if name == "koopman" { rate * effect } else { rate + effect };
            let sizes = (count(n_b), count(n_c));
            let levels = of_arms(method, sizes, (rate, candidate), effect);
            compare(name, &[n_b, n_c, rate, effect], &documented, levels, &mut faults);
        }
    }
    let corrected: OnPairs = |pairs, asked| mcnemar_chi_square(pairs, asked, Continuity::Corrected);
    let uncorrected: OnPairs =
        |pairs, asked| mcnemar_chi_square(pairs, asked, Continuity::Uncorrected);
    let on_pairs: [(&str, OnPairs, &str); 3] = [
        ("tango", tango, include_str!("../src/paired/tango.rs")),
        ("newcombe_paired", newcombe_paired, include_str!("../src/paired/newcombe_paired.rs")),
        ("mcnemar_mid_p", mcnemar_mid_p, include_str!("../src/paired/mcnemar_mid_p.rs")),
    ];
    for (name, method, source) in on_pairs {
        let rows = rows::<6>(source);
        assert!(rows.len() >= 4, "{name} has only {} rows", rows.len());
        for [pairs, discordant, difference, documented @ ..] in rows {
            let levels = of_pairs(method, count(pairs), discordant, difference);
            compare(name, &[pairs, discordant, difference], &documented, levels, &mut faults);
        }
    }
    // Only two-sided, with the correction and without.
    let chi_square = rows::<4>(include_str!("../src/paired/mcnemar_chi_square.rs"));
    assert!(chi_square.len() >= 4, "only {} rows", chi_square.len());
    for [pairs, discordant, documented @ ..] in chi_square {
        let level = |method| of_pairs(method, count(pairs), discordant, 0.0)[0];
        let levels = [level(corrected), level(uncorrected), 0.0];
        compare("mcnemar_chi_square", &[pairs, discordant], &documented, levels, &mut faults);
    }
    assert!(faults.is_empty(), "documented otherwise:\n{}", faults.join("\n"));
}

/// The sum over all outcomes is exact to 0.05, chi-square near it.
#[test]
fn sample_ratios_keep_their_level() {
    let arms = |counts: [u64; 3], weights: [f64; 3]| -> Vec<ArmCount> {
        let arms = counts.into_iter().zip(weights);
        arms.filter(|(_, weight)| *weight > 0.0)
            .map(|(count, weight)| ArmCount { count, weight })
            .collect()
    };
    for (units, weights, least, most) in [
        (200, [95.0, 5.0, 0.0], 0.0, 0.05),
        (40, [5.0, 3.0, 2.0], 0.0, 0.05),
        (3_000, [5.0, 3.0, 2.0], 0.0495, 0.0505),
    ] {
        let [first, second, third] = weights;
        let all: f64 = weights.iter().sum();
        let mut level = 0.0;
        for (one, mass) in binomial(units, first / all) {
            for (two, more) in binomial(units - one, second / (second + third)) {
                if mass * more > 1e-9 {
                    let counts = arms([one, two, units - one - two], weights);
                    if sample_ratio(&counts).unwrap().p.unwrap() <= ALPHA {
                        level += mass * more;
                    }
                }
            }
        }
        println!("sample ratio {units}: {level:.5}");
        assert!(level >= least && level <= most + 1e-9, "{units} units: {level}");
    }
}
