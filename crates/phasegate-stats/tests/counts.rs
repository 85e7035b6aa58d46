//! Laws of the methods on counts: mirrored arms mirror the answer, intervals and p agree, evidence
//! is monotone, degenerate data has its defined answer.

use phasegate_stats::one_sample::{binomial_exact, clopper_pearson, exceedance, jeffreys, wilson};
use phasegate_stats::paired::{
    Continuity, mcnemar_chi_square, mcnemar_exact, mcnemar_mid_p, newcombe_paired, tango,
};
use phasegate_stats::summary::{PairTally, Tally};
use phasegate_stats::two_sample::{
    Events, barnard, boschloo, farrington_manning, fisher, koopman, miettinen_nurminen, newcombe,
    poisson_rate_ratio,
};
use phasegate_stats::{Alpha, Alternative, Degenerate, Error, ErrorKind, Outcome, Question, Sides};
use proptest::prelude::*;

type OnTally = fn(&Tally, &Question) -> Result<Outcome, Error>;
type OnArms = fn(&Tally, &Tally, &Question) -> Result<Outcome, Error>;
type OnPairs = fn(&PairTally, &Question) -> Result<Outcome, Error>;

const ON_TALLY: [(&str, OnTally); 4] = [
    ("clopper_pearson", clopper_pearson),
    ("binomial_exact", binomial_exact),
    ("wilson", wilson),
    ("jeffreys", jeffreys),
];

const ON_ARMS: [(&str, OnArms); 5] = [
    ("miettinen_nurminen", miettinen_nurminen),
    ("farrington_manning", farrington_manning),
    ("newcombe", newcombe),
    ("koopman", koopman),
    ("fisher", fisher),
];

const ON_PAIRS: [(&str, OnPairs); 6] = [
    ("mcnemar_exact", mcnemar_exact),
    ("mcnemar_mid_p", mcnemar_mid_p),
    ("mcnemar_corrected", |pairs, question| {
        mcnemar_chi_square(pairs, question, Continuity::Corrected)
    }),
    ("mcnemar_plain", |pairs, question| {
        mcnemar_chi_square(pairs, question, Continuity::Uncorrected)
    }),
    ("tango", tango),
    ("newcombe_paired", newcombe_paired),
];

const ALTERNATIVES: [Alternative; 3] =
    [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

fn asked(null: f64, alternative: Alternative, alpha: f64) -> Question {
    Question { null, alternative, alpha: Alpha::new(alpha).unwrap() }
}

/// The same question, of a method that tests one null value alone about that.
fn own(name: &str, question: Question) -> Question {
    match name {
        "fisher" => Question { null: 1.0, ..question },
        name if name.starts_with("mcnemar") => Question { null: 0.0, ..question },
        _ => question,
    }
}

/// What holds of every outcome.
fn sound(what: &str, outcome: &Outcome) {
    if let Some(p) = outcome.p {
        let ln_p = outcome.ln_p.unwrap();
        assert!((0.0..=1.0).contains(&p) && ln_p <= 0.0, "{what}: {outcome:?}");
        assert!((p - ln_p.exp()).abs() <= 1e-12 * p, "{what}: {outcome:?}");
        assert!(p > 0.0 || ln_p < -700.0, "{what}: {outcome:?}");
    }
    if let Some(interval) = outcome.interval {
        assert!(interval.lower <= interval.upper, "{what}: {outcome:?}");
        let sides = match outcome.alternative {
            Alternative::TwoSided => Sides::Both,
            Alternative::Less => Sides::Upper,
            Alternative::Greater => Sides::Lower,
        };
        assert_eq!(interval.sides, sides, "{what}");
        if let Some(estimate) = outcome.estimate.filter(|_| interval.confidence >= 0.5) {
            assert!(
                interval.lower <= estimate + 1e-12 && estimate - 1e-12 <= interval.upper,
                "{what}: {outcome:?}"
            );
        }
    }
    for value in [outcome.estimate, outcome.statistic, outcome.df].into_iter().flatten() {
        assert!(!value.is_nan(), "{what}: {outcome:?}");
    }
}

/// The interval excludes the null value exactly where p is below alpha.
fn agrees(what: &str, outcome: &Outcome, alpha: f64) {
    let (interval, p, null) =
        (outcome.interval.unwrap(), outcome.p.unwrap(), outcome.null.unwrap());
    // On the boundary itself the last digits decide.
    let near = |end: f64| (end - null).abs() <= 1e-9 * (1.0 + null.abs());
    if (p - alpha).abs() < 1e-9 || near(interval.lower) || near(interval.upper) {
        return;
    }
    assert_eq!(p < alpha, !interval.contains(null), "{what}: {outcome:?}");
}

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * (1.0 + a.abs())
}

fn same_p(what: &str, one: &Outcome, other: &Outcome) {
    match (one.ln_p, other.ln_p) {
        (Some(one), Some(other)) => assert!(close(one, other), "{what}: {one} and {other}"),
        (one, other) => assert_eq!(one, other, "{what}"),
    }
}

prop_compose! {
    fn tally(most: u64)(trials in 1..=most, share in 0.0..=1.0f64) -> Tally {
        let successes = format!("{:.0}", share * trials as f64).parse().unwrap();
        Tally::new(successes, trials).unwrap()
    }
}

prop_compose! {
    fn pair_tally()(counts in prop::array::uniform4(0u64..40)) -> PairTally {
        let [both, lost, gained, neither] = counts;
        PairTally::new(both, lost, gained, neither + 1).unwrap()
    }
}

fn alternative() -> impl Strategy<Value = Alternative> {
    prop::sample::select(ALTERNATIVES.to_vec())
}

proptest! {
    #[test]
    fn one_sample_outcomes_are_sound(
        tally in tally(3000),
        null in 0.01..0.99f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        for (name, method) in ON_TALLY {
            let outcome = method(&tally, &asked(null, alternative, alpha)).unwrap();
            sound(name, &outcome);
            if matches!(name, "clopper_pearson" | "wilson") {
                agrees(name, &outcome, alpha);
            }
            // Counting failures instead mirrors the answer.
            let mirrored =
                method(&tally.complement(), &asked(1.0 - null, alternative.mirrored(), alpha))
                    .unwrap();
            same_p(name, &outcome, &mirrored);
            let (one, other) = (outcome.interval.unwrap(), mirrored.interval.unwrap());
            prop_assert!(
                close(one.lower, 1.0 - other.upper) && close(one.upper, 1.0 - other.lower),
                "{name}: {one:?} {other:?}"
            );
        }
    }

    #[test]
    fn two_sample_outcomes_are_sound(
        baseline in tally(400),
        candidate in tally(400),
        null in -0.9..0.9f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        for (name, method) in ON_ARMS {
            let ratio = matches!(name, "koopman" | "fisher");
            let null = if ratio { null.exp() } else { null };
            let question = own(name, asked(null, alternative, alpha));
            let outcome = method(&baseline, &candidate, &question).unwrap();
            sound(name, &outcome);
            if outcome.p.is_some() && outcome.interval.is_some() {
                agrees(name, &outcome, alpha);
            }
            // Swapping the arms mirrors the answer.
            let swapped_null = if ratio { 1.0 / null } else { -null };
            let swapped =
                method(&candidate, &baseline, &own(name, question.mirrored(swapped_null))).unwrap();
            same_p(name, &outcome, &swapped);
            if let (Some(one), Some(other)) = (outcome.interval, swapped.interval) {
                let mirrored = if ratio {
                    (1.0 / other.upper, 1.0 / other.lower)
                } else {
                    (-other.upper, -other.lower)
                };
                prop_assert!(
                    close(one.lower, mirrored.0) && close(one.upper, mirrored.1),
                    "{name}: {one:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn paired_outcomes_are_sound(
        pairs in pair_tally(),
        null in -0.9..0.9f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        for (name, method) in ON_PAIRS {
            let question = own(name, asked(null, alternative, alpha));
            let outcome = method(&pairs, &question).unwrap();
            sound(name, &outcome);
            if name == "tango" {
                agrees(name, &outcome, alpha);
            }
            let swapped =
                method(&pairs.swapped(), &own(name, question.mirrored(-null))).unwrap();
            same_p(name, &outcome, &swapped);
            if let (Some(one), Some(other)) = (outcome.interval, swapped.interval) {
                let other = other.negated();
                prop_assert!(
                    close(one.lower, other.lower) && close(one.upper, other.upper),
                    "{name}: {one:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn event_rates_are_sound(
        b in 0u64..200,
        c in 0u64..200,
        exposures in (0.1..10.0f64, 0.1..10.0f64),
        null in 0.1..10.0f64,
        alternative in alternative(),
        alpha in 0.001..0.4f64,
    ) {
        let (baseline, candidate) = (
            Events { count: b, exposure: exposures.0 },
            Events { count: c, exposure: exposures.1 },
        );
        let outcome =
            poisson_rate_ratio(&baseline, &candidate, &asked(null, alternative, alpha)).unwrap();
        sound("poisson", &outcome);
        agrees("poisson", &outcome, alpha);
        let swapped = poisson_rate_ratio(
            &candidate,
            &baseline,
            &asked(1.0 / null, alternative.mirrored(), alpha),
        )
        .unwrap();
        same_p("poisson", &outcome, &swapped);
    }

    /// One more success in the candidate's arm is more evidence that it is better.
    #[test]
    fn evidence_is_monotone(
        baseline in tally(200),
        candidate in tally(200),
        pairs in pair_tally(),
        null in -0.5..0.5f64,
    ) {
        let question = asked(null, Alternative::Greater, 0.05);
        if candidate.failures() > 0 {
            let more = Tally::new(candidate.successes() + 1, candidate.trials()).unwrap();
            for (name, method) in ON_ARMS.into_iter().filter(|(name, _)| *name != "koopman") {
                let (less, more) = (
                    method(&baseline, &candidate, &own(name, question)).unwrap(),
                    method(&baseline, &more, &own(name, question)).unwrap(),
                );
                if let (Some(less), Some(more)) = (less.ln_p, more.ln_p) {
                    prop_assert!(more <= less + 1e-9, "{name}: {less} {more}");
                }
                if let (Some(less), Some(more)) = (less.interval, more.interval) {
                    prop_assert!(more.lower >= less.lower - 1e-9, "{name}: {less:?} {more:?}");
                }
            }
            for (name, method) in ON_TALLY {
                let (less, more) = (
                    method(&candidate, &asked(0.5, Alternative::Greater, 0.05)).unwrap(),
                    method(&more, &asked(0.5, Alternative::Greater, 0.05)).unwrap(),
                );
                prop_assert!(
                    more.interval.unwrap().lower >= less.interval.unwrap().lower - 1e-12,
                    "{name}"
                );
            }
        }
        // A lost pair becomes a tied one.
        // Without discordant pairs p is 1 by definition, not by evidence.
        if pairs.only_baseline() > 0 && pairs.discordant() > 1 {
            let better = PairTally::new(
                pairs.both() + 1,
                pairs.only_baseline() - 1,
                pairs.only_candidate(),
                pairs.neither(),
            )
            .unwrap();
            for (name, method) in
                ON_PAIRS.into_iter().filter(|(name, _)| !name.ends_with("corrected"))
            {
                let question = own(name, question);
                let (less, more) =
                    (method(&pairs, &question).unwrap(), method(&better, &question).unwrap());
                if let (Some(less), Some(more)) = (less.ln_p, more.ln_p) {
                    prop_assert!(
                        name != "mcnemar_exact" && name != "mcnemar_mid_p" || more <= less + 1e-9,
                        "{name}: {less} {more}"
                    );
                }
            }
        }
    }

    /// No counts, however large, and no numbers, however odd, panic.
    #[test]
    fn nothing_panics(
        counts in prop::array::uniform4(any::<u64>()),
        null in any::<f64>(),
        alpha in 1e-300..1.0f64,
        exposure in any::<f64>(),
    ) {
        let [a, b, c, d] = counts;
        let (one, other) =
            (Tally::new(a.min(b), a.max(b)).unwrap(), Tally::new(c.min(d), c.max(d)).unwrap());
        for alternative in ALTERNATIVES {
            let question = asked(null, alternative, alpha);
            for (_, method) in ON_TALLY {
                drop(method(&one, &question));
            }
            for (_, method) in ON_ARMS {
                drop(method(&one, &other, &question));
            }
            if let Ok(pairs) = PairTally::new(a >> 2, b >> 2, c >> 2, d >> 2) {
                for (_, method) in ON_PAIRS {
                    drop(method(&pairs, &question));
                }
            }
            drop(poisson_rate_ratio(
                &Events { count: a, exposure },
                &Events { count: b, exposure: null },
                &question,
            ));
            drop(exceedance(&one, null, alternative, question.alpha));
        }
    }

    /// At sizes of a year's traffic, and at error probabilities of one in 1e12, answers are still
    /// numbers.
    #[test]
    fn large_counts_have_answers(
        baseline in tally(1_000_000_000),
        candidate in tally(1_000_000_000),
        null in -0.5..0.5f64,
        ln_alpha in -27.0..-1.0f64,
    ) {
        let question = asked(null, Alternative::TwoSided, ln_alpha.exp());
        for (name, method) in ON_ARMS.into_iter().filter(|(name, _)| *name != "fisher") {
            let outcome = method(
                &baseline,
                &candidate,
                &Question { null: if name == "koopman" { null.exp() } else { null }, ..question },
            )
            .unwrap();
            sound(name, &outcome);
        }
        for (name, method) in ON_TALLY {
            let outcome = method(&candidate, &Question { null: null + 0.5, ..question });
            if null + 0.5 > 0.0 {
                sound(name, &outcome.unwrap());
            }
        }
        let pairs = PairTally::new(
            baseline.successes(),
            candidate.successes(),
            candidate.failures(),
            baseline.failures(),
        )
        .unwrap();
        for (name, method) in ON_PAIRS {
            sound(name, &method(&pairs, &own(name, question)).unwrap());
        }
    }
}

#[test]
fn empty_samples_are_errors() {
    let (none, some) = (Tally::default(), Tally::new(1, 2).unwrap());
    let question = Question::differs_from(0.5);
    for (name, method) in ON_TALLY {
        assert_eq!(method(&none, &question).unwrap_err().kind(), ErrorKind::TooFew, "{name}");
    }
    for (name, method) in ON_ARMS {
        let question = own(name, question);
        assert_eq!(
            method(&none, &some, &question).unwrap_err().kind(),
            ErrorKind::TooFew,
            "{name}"
        );
        assert_eq!(
            method(&some, &none, &question).unwrap_err().kind(),
            ErrorKind::TooFew,
            "{name}"
        );
    }
    for (name, method) in ON_PAIRS {
        let error = method(&PairTally::default(), &own(name, question)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooFew, "{name}");
    }
}

#[test]
fn odd_nulls_are_errors() {
    let some = Tally::new(1, 2).unwrap();
    let pairs = PairTally::new(1, 1, 1, 1).unwrap();
    for null in [f64::NAN, f64::INFINITY, -2.0, 2.0] {
        let question = Question::differs_from(null);
        for method in [clopper_pearson, binomial_exact, wilson] {
            assert_eq!(method(&some, &question).unwrap_err().kind(), ErrorKind::OutOfRange);
        }
        for method in [miettinen_nurminen, farrington_manning] {
            assert_eq!(method(&some, &some, &question).unwrap_err().kind(), ErrorKind::OutOfRange);
        }
        assert_eq!(tango(&pairs, &question).unwrap_err().kind(), ErrorKind::OutOfRange);
    }
}

/// A margin that a test does not have is no answer about equality.
#[test]
fn nulls_that_are_not_tested_are_refused() {
    let some = Tally::new(1, 2).unwrap();
    let pairs = PairTally::new(80, 12, 4, 4).unwrap();
    for null in [-0.2, 0.1, 2.0, f64::NAN] {
        let question = Question::greater_than(null);
        let arms: [OnArms; 3] = [fisher, boschloo, barnard];
        for method in arms {
            assert_eq!(method(&some, &some, &question).unwrap_err().kind(), ErrorKind::Mismatch);
        }
        for (name, method) in ON_PAIRS.into_iter().filter(|(name, _)| name.starts_with("mcnemar")) {
            assert_eq!(
                method(&pairs, &question).unwrap_err().kind(),
                ErrorKind::Mismatch,
                "{name}"
            );
        }
    }
}

/// The table of degenerate data in the crate's documentation.
#[test]
fn degenerate_data_has_its_defined_answer() {
    let question = Question::differs_from(0.0);
    let nothing = Tally::new(0, 50).unwrap();
    let all = Tally::new(50, 50).unwrap();
    for method in [miettinen_nurminen, farrington_manning] {
        for tally in [&nothing, &all] {
            let outcome = method(tally, tally, &question).unwrap();
            assert_eq!((outcome.p, outcome.degenerate), (Some(1.0), Some(Degenerate::AllTied)));
            let interval = outcome.interval.unwrap();
            assert!(interval.lower < -0.01 && interval.upper > 0.01, "{interval:?}");
            // Against a margin the same data have an ordinary answer.
            let margin = method(tally, tally, &Question::greater_than(-0.2)).unwrap();
            assert!(margin.degenerate.is_none() && margin.p.unwrap() < 0.05);
        }
    }
    let outcome = koopman(&nothing, &nothing, &Question::differs_from(1.0)).unwrap();
    assert_eq!((outcome.p, outcome.degenerate), (Some(1.0), Some(Degenerate::AllTied)));
    assert_eq!(outcome.estimate, None);
    let interval = outcome.interval.unwrap();
    assert_eq!((interval.lower, interval.upper), (0.0, f64::INFINITY));
    let outcome = fisher(&nothing, &nothing, &Question::differs_from(1.0)).unwrap();
    assert_eq!((outcome.p, outcome.degenerate), (Some(1.0), Some(Degenerate::SingleTable)));
    let none = Events { count: 0, exposure: 1.0 };
    let outcome = poisson_rate_ratio(&none, &none, &Question::differs_from(1.0)).unwrap();
    assert_eq!((outcome.p, outcome.degenerate), (Some(1.0), Some(Degenerate::AllTied)));
    let tied = PairTally::new(40, 0, 0, 10).unwrap();
    for (name, method) in ON_PAIRS {
        for alternative in ALTERNATIVES {
            let outcome = method(&tied, &asked(0.0, alternative, 0.05)).unwrap();
            assert_eq!(outcome.degenerate, Some(Degenerate::NoDiscordantPairs), "{name}");
            let p =
                if alternative == Alternative::TwoSided || !name.eq("tango") { 1.0 } else { 0.5 };
            assert!(outcome.p.is_none_or(|got| got == p), "{name}: {outcome:?}");
        }
    }
}

/// Exact certification limits: the smallest runs whose lower bound at 5 % reaches 95 %.
#[test]
fn certification_limits() {
    // scipy 1.17.1: stats.beta.ppf(0.05, k, n - k + 1) crosses 0.95 at these.
    for (successes, trials) in [(59, 59), (92, 93), (122, 124), (150, 153)] {
        let bound = |successes, trials| {
            let tally = Tally::new(successes, trials).unwrap();
            let outcome = clopper_pearson(&tally, &Question::greater_than(0.95)).unwrap();
            outcome.interval.unwrap().lower
        };
        assert!(bound(successes, trials) >= 0.95);
        assert!(bound(successes - 1, trials - 1) < 0.95);
    }
}
