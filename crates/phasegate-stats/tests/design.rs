//! Plans: numbers from elsewhere, and laws. The numbers of claims and families are here too.

use phasegate_stats::design::power::{
    Arm, ClustersDesign, Design, EquivalenceDesign, McnemarDesign, MeansDesign, PairedMeansDesign,
    PairedRatesDesign, QuantileArm, QuantileEffect, QuantilesDesign, RateDesign, RatesDesign,
};
use phasegate_stats::design::{ArmCount, cuped, sample_ratio};
use phasegate_stats::summary::{
    ClusterSums, ClusteredPair, Pair, PairMoments, PairTally, SortedRun, Summary, Tally,
};
use phasegate_stats::{Alpha, Alternative, Error, ErrorKind, Question};
use proptest::prelude::*;
use serde_json::Value;

use crate::claims::{PROCEDURES, family};

// --- References ----------------------------------------------------------------------------------

struct Case(Value);

impl Case {
    fn number(&self, name: &str) -> f64 {
        self.0["inputs"][name]
            .as_f64()
            .unwrap_or_else(|| panic!("no number `{name}` in {}", self.0))
    }

    fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    fn list(&self, name: &str) -> Vec<f64> {
        Self::numbers(&self.0["inputs"][name])
    }

    fn arm(&self, name: &str) -> Arm {
        let list = self.list(name);
        Arm { mean: list[0], deviation: list[1] }
    }

    fn question(&self) -> Question {
        let alternative = match self.0["inputs"]["alternative"].as_str().unwrap() {
            "two-sided" => Alternative::TwoSided,
            "less" => Alternative::Less,
            "greater" => Alternative::Greater,
            other => panic!("unknown alternative {other}"),
        };
        let alpha = Alpha::new(self.number("alpha")).unwrap();
        Question { null: self.number("null"), alternative, alpha }
    }

    fn expect(&self, what: &str, got: f64, tolerance: f64) {
        let want = self.0["expect"][what].as_f64().unwrap();
        assert!(
            (got - want).abs() <= tolerance * want.abs().max(1e-3),
            "{}: {what} is {got}, expected {want}",
            self.0
        );
    }

    fn expects(&self, what: &str) -> bool {
        !self.0["expect"][what].is_null()
    }

    /// Power and sample size, whichever the case has.
    fn plan(&self, design: &impl Design, tolerance: f64) {
        if !self.expects("size") {
            let size = self.0["inputs"]["size"].as_u64().unwrap();
            self.expect("power", design.power(size).unwrap(), tolerance);
            return;
        }
        let target = self.number("target");
        let needed = design.sample_size(target).unwrap();
        assert_eq!(Some(needed.size), self.0["expect"]["size"].as_u64(), "{}", self.0);
        self.expect("power", needed.power, tolerance);
        assert!(design.power(needed.size - 1).unwrap() < target);
    }
}

fn run(case: &Case) -> Result<(), Error> {
    let question = || case.question();
    match case.0["what"].as_str().unwrap() {
        "paired_means" => case.plan(
            &PairedMeansDesign::new(case.number("effect"), case.number("deviation"), question())?,
            1e-9,
        ),
        "means" => case.plan(
            &MeansDesign::new(
                case.arm("baseline"),
                case.arm("candidate"),
                case.number("ratio"),
                case.number("per_candidate"),
                question(),
            )?,
            1e-9,
        ),
        "clusters" => case.plan(
            &ClustersDesign::new(
                case.number("effect"),
                case.number("deviation"),
                case.number("cluster_size"),
                case.number("size_variation"),
                case.number("correlation"),
                question(),
            )?,
            1e-9,
        ),
        "mcnemar" => case.plan(
            &McnemarDesign::new(case.number("gained"), case.number("lost"), question())?,
            1e-9,
        ),
        "mcnemar_large" => case.plan(
            &McnemarDesign::new(case.number("gained"), case.number("lost"), question())?,
            2e-4,
        ),
        "rate" => {
            let design = RateDesign::new(case.number("rate"), question())?;
            case.plan(&design, 1e-9);
            let size = case.0["expect"]["size"].as_u64().unwrap();
            case.expect("before", design.power(size - 1)?, 1e-9);
        }
        "paired_rates" => case.plan(
            &PairedRatesDesign::new(case.number("gained"), case.number("lost"), question())?,
            1e-9,
        ),
        "rates" => case.plan(
            &RatesDesign::new(
                case.number("baseline"),
                case.number("candidate"),
                case.number("per_candidate"),
                question(),
            )?,
            1e-9,
        ),
        "quantiles" => {
            let (level, sigma) = (case.number("level"), case.number("sigma"));
            let arm = QuantileArm::lognormal(level, case.number("median"), sigma)?;
            let rho = case.number("correlation");
            let kind = QuantileEffect::Ratio;
            let design = if rho > 0.0 {
                QuantilesDesign::paired(arm, arm, kind, rho, question())?
            } else {
                QuantilesDesign::new(arm, arm, kind, case.number("per_candidate"), question())?
            };
            let size = case.0["inputs"]["size"].as_u64().unwrap();
            let seen = design.detectable(size, case.number("target"))?;
            case.expect("detectable", seen.effect, 1e-11);
            case.plan(&design.with_effect(case.number("effect"))?, 1e-10);
        }
        "sample_ratio" => {
            let weights = case.list("weights");
            let arms: Vec<_> = case.0["inputs"]["counts"]
                .as_array()
                .unwrap()
                .iter()
                .zip(weights)
                .map(|(count, weight)| ArmCount { count: count.as_u64().unwrap(), weight })
                .collect();
            let outcome = sample_ratio(&arms)?;
            case.expect("p", outcome.p.unwrap(), 1e-9);
            if case.expects("statistic") {
                case.expect("statistic", outcome.statistic.unwrap(), 1e-11);
            }
        }
        "cuped" => {
            let arm = |name: &str| {
                let lists: Vec<_> =
                    case.0["inputs"][name].as_array().unwrap().iter().map(Case::numbers).collect();
                let pairs = lists[0].iter().zip(&lists[1]);
                pair_moments(pairs.map(|(covariate, metric)| (*covariate, *metric)))
            };
            let question = Question::differs_from(0.0);
            let adjusted = cuped(&arm("baseline"), &arm("candidate"), &question)?;
            case.expect("theta", adjusted.theta.unwrap(), 1e-10);
            case.expect("reduction", adjusted.variance_reduction, 1e-10);
            case.expect("estimate", adjusted.outcome.estimate.unwrap(), 1e-10);
            case.expect("p", adjusted.outcome.p.unwrap(), 1e-9);
            case.expect("df", adjusted.outcome.df.unwrap(), 1e-9);
        }
        procedure => {
            let adjust = PROCEDURES.iter().find(|(name, _)| *name == procedure).unwrap().1;
            let tests = family(&case.list("p"));
            let adjusted = adjust(&tests, Alpha::new(case.number("alpha"))?);
            let want = Case::numbers(&case.0["expect"]["adjusted"]);
            let rejected = case.0["expect"]["rejected"].as_array().unwrap();
            for ((got, want), rejected) in adjusted.iter().zip(want).zip(rejected) {
                assert!((got.adjusted_p - want).abs() <= 1e-12 * want, "{}: {got:?}", case.0);
                // What lies on the boundary itself is rejected there and not here.
                if (want - 0.05).abs() > 1e-9 {
                    assert_eq!(Some(got.is_rejected), rejected.as_bool(), "{}", case.0);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn numbers_agree_with_their_sources() {
    let file = include_str!("../../../fixtures/reference/stats/design.json");
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    assert!(cases.len() > 70, "only {} cases", cases.len());
    for case in cases {
        run(&Case(case)).unwrap();
    }
}

/// R 4.2, the examples of `power.t.test`: `n = 20, delta = 1, sd = 1` gives 0.8689528, which leaves
/// out the far side, and `power = 0.90, delta = 1` needs 22.02110.
#[test]
fn published_numbers() {
    let arm = |mean| Arm { mean, deviation: 1.0 };
    let design =
        MeansDesign::new(arm(0.0), arm(1.0), 1.0, 1.0, Question::differs_from(0.0)).unwrap();
    assert!((design.power(20).unwrap() - 0.868_952_8).abs() < 1e-6);
    assert_eq!(design.sample_size(0.9).unwrap().size, 23);
    // The same from the other end: 0.9 at 23 needs a little less than 1.
    let seen = design.detectable(23, 0.9).unwrap();
    assert!(seen.effect < 1.0 && seen.effect > 0.97, "{seen:?}");
    // Exact proofs of 95 % at 5 %: 59 of 59, 92 of 93, 122 of 124, 150 of 153 (Clopper-Pearson
    // bounds, scipy 1.17.1).
    let question = Question::greater_than(0.95).at(Alpha::FIVE_PERCENT);
    for (trials, failures) in [(59, 0), (93, 1), (124, 2), (153, 3)] {
        let certain = RateDesign::new(1.0, question).unwrap();
        assert_eq!(certain.power(trials).unwrap(), 1.0);
        let proves = |trials: u64| {
            let tally = Tally::new(trials - failures, trials).unwrap();
            let outcome = phasegate_stats::one_sample::clopper_pearson(&tally, &question).unwrap();
            outcome.p.unwrap() < 0.05
        };
        assert!(proves(trials) && !proves(trials - 1), "{trials}");
    }
}

// --- Laws of power -------------------------------------------------------------------------------

pub(super) fn pair_moments(pairs: impl Iterator<Item = (f64, f64)>) -> PairMoments {
    let mut moments = PairMoments::default();
    for (baseline, candidate) in pairs {
        moments.update(Pair { baseline, candidate }).unwrap();
    }
    moments
}

fn asked(null: f64, alternative: Alternative, alpha: f64) -> Question {
    Question { null, alternative, alpha: Alpha::new(alpha).unwrap() }
}

fn alternative() -> impl Strategy<Value = Alternative> {
    prop::sample::select(vec![Alternative::TwoSided, Alternative::Less, Alternative::Greater])
}

fn effect_toward(alternative: Alternative, distance: f64) -> f64 {
    if alternative == Alternative::Less { -distance } else { distance }
}

/// What holds of every design: a size that is enough and one that is not, further ones add up, the
/// detectable effect has the power that was asked for, a mirrored question has the same power.
fn sound(what: &str, design: &impl Design, target: f64) {
    let needed = design.sample_size(target).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(needed.power >= target && needed.power <= 1.0, "{what}: {needed:?}");
    assert!(needed.size >= design.least());
    if needed.size > design.least() {
        assert!(design.power(needed.size - 1).unwrap() < target, "{what}: {needed:?}");
    }
    for ahead in needed.size..needed.size + 40 {
        assert!(design.power(ahead).unwrap() >= target - 1e-12, "{what}: {needed:?}, {ahead}");
    }
    let half = needed.size / 2;
    let further = design.further(half, target).unwrap();
    assert_eq!((further.more, further.size), (needed.size - half, needed.size), "{what}");
    assert_eq!(design.further(needed.size + 7, target).unwrap().more, 0, "{what}");
    match design.detectable(needed.size, target) {
        Ok(seen) => {
            let power = design.with_effect(seen.effect).unwrap().power(needed.size).unwrap();
            assert!((power - target).abs() < 1e-6, "{what}: {seen:?} has {power}");
            let assumed = (design.effect() - design.question().null).abs();
            assert!(seen.distance <= assumed * (1.0 + 1e-9), "{what}: {seen:?} of {assumed}");
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::OutOfRange, "{what}: {error}"),
    }
}

/// Asks all that a plan answers.
fn all(design: Result<impl Design, Error>, size: u64, target: f64) {
    if let Ok(design) = design {
        drop(design.power(size % 5_000));
        drop(design.power(size));
        drop(design.sample_size(target));
        drop(design.detectable(size % 1_000, target));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn plans_of_means_are_sound(
        alternative in alternative(),
        alpha in 0.005..0.2f64,
        target in 0.5..0.95f64,
        distance in 0.2..2.0f64,
        null in -0.3..0.3f64,
        per in 0.4..5.0f64,
        other in 0.3..2.0f64,
    ) {
        let question = asked(null, alternative, alpha);
        let effect = null + effect_toward(alternative, distance);
        let paired = PairedMeansDesign::new(effect, 1.0, question).unwrap();
        sound("paired means", &paired, target);
        let b = Arm { mean: 1.0, deviation: other };
        let c = Arm { mean: 1.0 + effect, deviation: 1.0 };
        sound("means", &MeansDesign::new(b, c, 1.0, per, question).unwrap(), target);
        let clusters = ClustersDesign::new(effect, 1.0, 4.0, 0.3, 0.1, question).unwrap();
        sound("clusters", &clusters, target);
        // Mirrored arms have the mirrored answer.
        let back = asked(-null, alternative.mirrored(), alpha);
        let mirrored = PairedMeansDesign::new(-effect, 1.0, back).unwrap();
        let (one, two) = (paired.power(30).unwrap(), mirrored.power(30).unwrap());
        prop_assert!((one - two).abs() < 1e-12);
    }

    #[test]
    fn plans_of_counts_are_sound(
        alternative in alternative(),
        alpha in 0.01..0.1f64,
        target in 0.5..0.95f64,
        distance in 0.12..0.3f64,
        discordant in 0.05..0.5f64,
        level in 0.35..0.65f64,
    ) {
        let toward = effect_toward(alternative, distance);
        let (gained, lost) = if toward > 0.0 {
            (discordant.max(toward), discordant.max(toward) - toward)
        } else {
            (discordant.max(-toward) + toward, discordant.max(-toward))
        };
        let zero = asked(0.0, alternative, alpha);
        sound("mcnemar", &McnemarDesign::new(gained, lost, zero).unwrap(), target);
        let tango = PairedRatesDesign::new(gained, lost, asked(0.01, alternative, alpha)).unwrap();
        sound("paired rates", &tango, target);
        let rates =
            RatesDesign::new(level, level + toward, 1.0, asked(-0.01, alternative, alpha)).unwrap();
        sound("rates", &rates, target);
        // Success and failure change places.
        let mirrored = PairedRatesDesign::new(
            lost, gained, asked(-0.01, alternative.mirrored(), alpha)).unwrap();
        let (one, two) = (tango.power(50).unwrap(), mirrored.power(50).unwrap());
        prop_assert!((one - two).abs() < 1e-12);
    }

    /// The size of the exact proof against a search of all sizes.
    #[test]
    fn rates_stay_proved(
        null in 0.02..0.98f64,
        share in 0.1..0.9f64,
        is_less in any::<bool>(),
        alpha in 0.005..0.3f64,
        target in 0.35..0.99f64,
    ) {
        let alternative = if is_less { Alternative::Less } else { Alternative::Greater };
        let rate = if is_less { null * share } else { 1.0 - (1.0 - null) * share };
        let design = RateDesign::new(rate, asked(null, alternative, alpha)).unwrap();
        let needed = match design.sample_size(target) {
            Ok(needed) => needed,
            Err(error) => { prop_assert_eq!(error.kind(), ErrorKind::OutOfRange); return Ok(()); }
        };
        prop_assert!(needed.power >= target);
        prop_assert!(needed.size == 1 || design.power(needed.size - 1).unwrap() < target);
        for ahead in 0..300 {
            prop_assert!(design.power(needed.size + ahead).unwrap() >= target);
        }
    }

    /// No input makes a plan panic.
    #[test]
    fn plans_refuse_in_words(
        a in prop::num::f64::ANY, b in prop::num::f64::ANY, c in prop::num::f64::ANY,
        null in prop::num::f64::ANY, size in any::<u64>(), target in -0.5..1.5f64,
        alternative in alternative(),
    ) {
        let question = asked(null, alternative, 0.05);
        let arm = |mean, deviation| Arm { mean, deviation };
        all(PairedMeansDesign::new(a, b, question), size, target);
        all(MeansDesign::new(arm(a, b), arm(c, a), b, c, question), size, target);
        all(ClustersDesign::new(a, b, c, a, b, question), size, target);
        all(McnemarDesign::new(a, b, question), size, target);
        all(PairedRatesDesign::new(a, b, question), size, target);
        all(RatesDesign::new(a, b, c, question), size, target);
        all(RateDesign::new(a, question), size, target);
        all(QuantileArm::new(a, b, c).and_then(|arm| {
            QuantilesDesign::new(arm, arm, QuantileEffect::Ratio, 1.0, question)
        }), size, target);
    }
}

/// At the null value a design has the power of its level, and far beyond it all power.
#[test]
fn power_begins_at_the_level() {
    let question = asked(0.1, Alternative::Greater, 0.05);
    let design = PairedMeansDesign::new(0.1, 1.0, question).unwrap();
    for size in [2, 30, 10_000, 1_000_000_000] {
        assert!((design.power(size).unwrap() - 0.05).abs() < 1e-9);
    }
    assert_eq!(design.sample_size(0.8).unwrap_err().kind(), ErrorKind::OutOfRange);
    assert!(design.with_effect(1e6).unwrap().power(30).unwrap() > 1.0 - 1e-12);
    let mcnemar = McnemarDesign::new(0.1, 0.1, Question::differs_from(0.0)).unwrap();
    for size in [1, 50, 3_000, 1_000_000, 1_000_000_000] {
        assert!(mcnemar.power(size).unwrap() <= 0.05 + 1e-9, "{size}");
    }
    // The even selection of discordant numbers is near the whole: 0.05 less half a step.
    assert!(mcnemar.power(1_000_000_000).unwrap() > 0.0499);
}

/// Where the approximation begins, it is as near as it says: 0.01.
#[test]
fn approximations_join() {
    for (gained, lost, null) in
        [(0.02, 0.02, -0.0036), (0.005, 0.005, -0.0009), (0.3, 0.2, 0.08), (0.001, 0.004, -0.0035)]
    {
        let question = asked(null, Alternative::Greater, 0.05);
        let design = PairedRatesDesign::new(gained, lost, question).unwrap();
        let last = whole(400.0 / (f64::max(gained, lost) * (1.0 - f64::max(gained, lost))));
        let (exact, normal) = (design.power(last).unwrap(), design.power(last + 1).unwrap());
        println!("paired {gained} {lost} {null}: {exact:.4} {normal:.4}");
        assert!(exact > 0.3 && exact < 0.99);
        assert!((exact - normal).abs() < 0.01, "{gained} {lost}: {exact} {normal}");
    }
    for (baseline, candidate, null, per) in [
        (0.01, 0.01, 0.0014, 1.0),
        (0.05, 0.06, 0.015, 1.0),
        (0.5, 0.52, 0.07, 1.0),
        (0.005, 0.006, 0.002, 20.0),
        (0.3, 0.01, -0.28, 1.0),
    ] {
        let question = asked(null, Alternative::Less, 0.05);
        let design = RatesDesign::new(baseline, candidate, per, question).unwrap();
        let variance = |rate: f64| rate * (1.0 - rate);
        let rarer = f64::min(per * variance(baseline), variance(candidate));
        let last = whole(f64::min(400.0 / rarer, 2_000.0 / (per * variance(baseline))));
        let (exact, normal) = (design.power(last).unwrap(), design.power(last + 1).unwrap());
        println!("rates {baseline} {candidate} {null}: {exact:.4} {normal:.4}");
        assert!((exact - normal).abs() < 0.01, "{baseline} {candidate}: {exact} {normal}");
    }
}

/// The whole part.
fn whole(number: f64) -> u64 {
    format!("{:.0}", number.floor()).parse().unwrap()
}

#[test]
fn observed_data_make_designs() {
    let question = Question::greater_than(-0.05).at(Alpha::FIVE_PERCENT);
    let pairs = PairTally::new(95, 3, 2, 0).unwrap();
    let more = PairedRatesDesign::observed(&pairs, question).unwrap().with_effect(0.0).unwrap();
    assert!(more.further(pairs.pairs(), 0.8).unwrap().more > 0);
    let none = PairTally::new(100, 0, 0, 0).unwrap();
    assert!(McnemarDesign::observed(&none, Question::greater_than(0.0)).is_ok());
    let (b, c) = (Tally::new(0, 50).unwrap(), Tally::new(0, 50).unwrap());
    let design = RatesDesign::observed(&b, &c, asked(0.05, Alternative::Less, 0.05)).unwrap();
    assert!(design.sample_size(0.8).unwrap().size > 10);
    assert_eq!(
        RatesDesign::observed(&Tally::default(), &c, question).unwrap_err().kind(),
        ErrorKind::TooFew
    );
    let values: Vec<_> = (0..400_u32).map(|i| f64::from(i * 7919 % 401) / 40.0).collect();
    let run = SortedRun::try_from(values.clone()).unwrap();
    let arm = QuantileArm::observed(0.5, &run).unwrap();
    // Uniform on 0 to 10: density 0.1, so sqrt(0.25) / 0.1 = 5.
    assert!((arm.deviation() - 5.0).abs() < 0.5, "{arm:?}");
    assert_eq!(
        QuantileArm::observed(0.95, &SortedRun::try_from(vec![1.0; 9]).unwrap())
            .unwrap_err()
            .kind(),
        ErrorKind::TooFew
    );
    let moments = pair_moments(values.iter().map(|value| (*value, value * 1.02)));
    let zero = Question::less_than(0.0);
    let cost = PairedMeansDesign::observed(&moments, 1.1, zero).unwrap();
    let contrast = phasegate_stats::paired::paired_contrast(&moments, 1.1, &zero).unwrap();
    assert_eq!(Some(cost.effect()), contrast.estimate);
    let mut sums = ClusterSums::default();
    for (index, value) in values.iter().enumerate() {
        let pair = Pair { baseline: 0.0, candidate: *value };
        sums.update(ClusteredPair { cluster: (index / 10).to_string(), pair }).unwrap();
    }
    assert!(ClustersDesign::observed(&sums, 1.0, Question::greater_than(4.0)).is_ok());
}

/// A rate of 1 % cannot fall by two points: the nearest possible effect is what can be seen.
#[test]
fn a_margin_beyond_what_is_possible() {
    let question = asked(-0.02, Alternative::Greater, 0.05);
    let design = RatesDesign::new(0.01, 0.01, 1.0, question).unwrap();
    let seen = design.detectable(2_000, 0.8).unwrap();
    assert!((seen.effect + 0.01).abs() < 1e-12, "{seen:?}");
    let seen = design.detectable(100, 0.8).unwrap();
    assert!(seen.effect > 0.0, "{seen:?}");
}

#[test]
fn equivalence_needs_both_tests() {
    let paired = PairedMeansDesign::new(0.05, 1.0, Question::greater_than(0.0)).unwrap();
    let design = EquivalenceDesign::new(&paired, (-0.2, 0.2), Alpha::FIVE_PERCENT).unwrap();
    let needed = design.sample_size(0.9).unwrap();
    assert!(needed.power >= 0.9 && design.power(needed.size - 1).unwrap() < 0.9);
    // The normal limit: the far test has power one, the near one decides.
    let near = paired.with_question(Question::less_than(0.2)).unwrap().sample_size(0.9).unwrap();
    assert!(needed.size >= near.size && needed.size < near.size + 20, "{needed:?} {near:?}");
    assert!(EquivalenceDesign::new(&paired, (0.2, 0.2), Alpha::FIVE_PERCENT).is_err());
}

/// The registry's equivalence is that of the design that it names, and its quantiles are those of
/// their constructors.
#[cfg(feature = "registry")]
#[test]
fn the_registry_plans_as_the_designs_do() {
    use phasegate_stats::registry;
    use serde_json::json;

    fn planned(design: &impl Design, margins: (f64, f64)) -> Value {
        let design = EquivalenceDesign::new(design, margins, Alpha::FIVE_PERCENT).unwrap();
        let plan = design.plan(300, 0.8).unwrap();
        assert_eq!(plan.power, design.power(300).unwrap());
        assert_eq!(plan.sample_size, Some(design.sample_size(0.8).unwrap()));
        serde_json::to_value(plan).unwrap()
    }
    let run = |method: &str, inputs: &Value| registry::find(method).unwrap().run(inputs).unwrap();
    let question = Question::greater_than(0.0);
    let arm = |mean: f64| Arm { mean, deviation: 1.0 };
    let margins = (-0.25, 0.25);
    for (assumed, want) in [
        (
            json!({"rates": {"baseline": 0.2, "candidate": 0.22, "per_candidate": 2}}),
            planned(&RatesDesign::new(0.2, 0.22, 2.0, question).unwrap(), margins),
        ),
        (
            json!({"paired_rates": {"gained": 0.1, "lost": 0.12}}),
            planned(&PairedRatesDesign::new(0.1, 0.12, question).unwrap(), margins),
        ),
        (
            json!({"means": {"baseline": {"mean": 1, "deviation": 1}, "candidate": {"mean": 1.05, "deviation": 1}}}),
            planned(&MeansDesign::new(arm(1.0), arm(1.05), 1.0, 1.0, question).unwrap(), margins),
        ),
        (
            json!({"paired_means": {"effect": 0.05, "deviation": 1}}),
            planned(&PairedMeansDesign::new(0.05, 1.0, question).unwrap(), margins),
        ),
    ] {
        let inputs = json!({"assumed": assumed, "lower": -0.25, "upper": 0.25, "size": 300});
        assert_eq!(run("equivalence_power", &inputs), want, "{inputs}");
    }
    let refused = registry::find("equivalence_power").unwrap().run(&json!({
        "assumed": {"rates": {"baseline": 2, "candidate": 0.5}, "means": 1},
        "lower": -0.25, "upper": 0.25, "size": 300
    }));
    let message = refused.unwrap_err().to_string();
    assert!(message.starts_with("`assumed.means`: is not known"), "{message}");

    let five = |ratio: f64| QuantileArm::lognormal(0.95, ratio, 0.9).unwrap();
    let question = Question::greater_than(1.0);
    let design =
        QuantilesDesign::new(five(1.0), five(1.25), QuantileEffect::Ratio, 2.0, question).unwrap();
    let arm = |median: f64| json!({"level": 0.95, "median": median, "sigma": 0.9});
    let question = json!({"null": 1, "alternative": "greater"});
    let inputs = json!({"baseline": arm(1.0), "candidate": arm(1.25), "per_candidate": 2,
        "question": question, "size": 1000});
    let plan = serde_json::to_value(design.plan(1000, 0.8).unwrap()).unwrap();
    assert_eq!(run("quantiles_power", &inputs), plan);
    let design = QuantilesDesign::paired(
        QuantileArm::new(0.9, 5.0, 0.1).unwrap(),
        QuantileArm::new(0.9, 6.0, 0.1).unwrap(),
        QuantileEffect::Difference,
        0.7,
        Question::differs_from(0.0),
    );
    let arm = |value: f64| json!({"level": 0.9, "value": value, "density": 0.1});
    let inputs = json!({"baseline": arm(5.0), "candidate": arm(6.0), "effect": "difference",
        "correlation": 0.7, "question": {"null": 0}, "size": 50});
    let plan = serde_json::to_value(design.unwrap().plan(50, 0.8).unwrap()).unwrap();
    assert_eq!(run("paired_quantiles_power", &inputs), plan);
}

/// A plan is its three parts; what no size or effect proves is absent, what is no power an error.
#[test]
fn plans_are_their_parts() {
    let plan = |effect: f64, question: Question, size: u64| {
        let design = PairedMeansDesign::new(effect, 1.0, question).unwrap();
        (design, design.plan(size, 0.8).unwrap())
    };
    let (design, whole) = plan(0.5, Question::greater_than(0.0), 20);
    assert_eq!(whole.power, design.power(20).unwrap());
    assert_eq!(whole.sample_size, Some(design.sample_size(0.8).unwrap()));
    assert_eq!(whole.detectable, Some(design.detectable(20, 0.8).unwrap()));
    let (_, whole) = plan(-0.5, Question::greater_than(0.0), 20);
    assert!(whole.power < 0.05 && whole.sample_size.is_none() && whole.detectable.is_some());
    let certain = RateDesign::new(0.98, Question::greater_than(0.95)).unwrap();
    let whole = certain.plan(10, 0.8).unwrap();
    assert!(whole.sample_size.is_some() && whole.detectable.is_none(), "{whole:?}");
    assert_eq!(certain.plan(10, 0.01).unwrap_err().kind(), ErrorKind::OutOfRange);
}
