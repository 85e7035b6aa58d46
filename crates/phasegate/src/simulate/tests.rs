//! Drawn rollouts of a short plan: what is promised of it is kept.

use phasegate_core::document;
use phasegate_core::read::Format;
use phasegate_stats::dist::{Binomial, Discrete as _};

use super::*;

/// The runbook's plan with less traffic, and the limits of observed values at their floors, so
/// that the bounds decide.
fn plan() -> Plan {
    let text = phasegate_core::plan::RUNBOOK
        .replace("  error_rate: 0.02\n", "  error_rate: 0.1\n")
        .replace("security_pass_rate: 0.99\n", "security_pass_rate: 0.95\n")
        .replace("accuracy_delta: 0.02\n", "accuracy_delta: 0\n")
        .replace("min_samples: 1000", "min_samples: 100")
        .replace("planned_maximum: 50000", "planned_maximum: 4000")
        .replace("looks: [0.25, 0.5, 1]", "looks: [0.5, 1]");
    let kept = |line: &&str| !["gray_1,", "gray_25", "gray_100"].iter().any(|id| line.contains(id));
    let text: Vec<&str> = text.lines().filter(kept).collect();
    let text = text.join("\n");
    document::read(text.as_bytes(), Format::Yaml, phasegate_core::plan::MAX_PLAN_BYTES)
        .expect("a plan")
}

/// A candidate that answers more cases of the gold set, as the plan asks for.
fn assumed(effects: &str) -> Assumptions {
    let metrics = ["accuracy: {effect: 0.06}", effects].join(", ");
    let text = format!(
        "schema: phasegate/assumptions/v1\nrequests_per_hour: 300\nmetrics: {{{metrics}}}\n"
    );
    document::read(text.as_bytes(), Format::Yaml, MAX_ASSUMPTIONS_BYTES).expect("assumptions")
}

fn simulation(text: &str) -> Result<Simulation, SimulateError> {
    let gate = Gate::builder().packages_of(&plan()).build().expect("the embedded policies");
    Simulation::new(gate, plan(), &assumed(text))
}

/// So many rollouts of each kind are drawn.
const RUNS: u64 = 16;

/// The probability that a right gate fails a test for a seed.
const LUCK: f64 = 1e-6;

/// Draws rollouts; no more of them end so than chance allows, if each is at most `alpha` likely.
#[track_caller]
fn at_most(effects: &str, ending: Ending, alpha: f64) -> Vec<Run> {
    let simulation = simulation(effects).expect("they fit");
    let runs: Vec<Run> =
        (0..RUNS).map(|index| simulation.rollout(1, index).expect("a run")).collect();
    let found = runs.iter().filter(|run| run.ending == ending).count() as u64;
    let law = Binomial::new(RUNS, alpha).expect("a law");
    let bound = law.upper_quantile(LUCK).expect("a count");
    assert!(found <= bound, "{effects}: {found} of {RUNS}, {bound} at most");
    runs
}

#[test]
fn a_good_candidate_is_rarely_taken_back() {
    let runs = at_most("", Ending::RolledBack, 0.05);
    let promoted = runs.iter().filter(|run| run.ending == Ending::Promoted).count();
    assert!(promoted >= 8, "{runs:?}");
    // What a drawn rollout is does not depend on those before it.
    let again = simulation("").expect("they fit").rollout(1, 3).expect("a run");
    assert_eq!(runs.get(3), Some(&again));
}

#[test]
fn a_much_worse_candidate_is_never_promoted() {
    let runs = at_most("error_rate: {effect: 0.3}", Ending::Promoted, 0.0);
    assert!(runs.iter().all(|run| !run.reasons.is_empty()), "{runs:?}");
}

#[test]
fn a_candidate_at_the_margin_is_rarely_promoted() {
    at_most("latency: {effect: 0.1}", Ending::Promoted, 0.05);
}

#[test]
fn alarms_about_an_equal_candidate_are_rare() {
    let simulation = simulation("error_rate: {effect: 0.3}").expect("they fit");
    let months: Vec<Month> =
        (0..2).map(|index| simulation.month(1, index).expect("a month")).collect();
    // Harm: at most 0.05 for each of three metrics in each of two phases.
    let law = Binomial::new(2 * 3 * 2, 0.05).expect("a law");
    let found: usize = months.iter().map(|month| month.alarms.len()).sum();
    assert!(found as u64 <= law.upper_quantile(LUCK).expect("a count"), "{months:?}");
    let run = simulation.rollout(1, 0).expect("a run");
    let report = Report::of(&simulation, 1, &[run], &months).expect("a report");
    assert_eq!(report.false_alarms.months, 2);
    assert_eq!(report.phases.iter().map(|phase| phase.entered).max(), Some(1));
    let ids: Vec<&str> = report.false_alarms.alarms.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), 8, "{ids:?}");
}

#[test]
fn what_is_impossible_is_told_with_its_place() {
    for (text, told) in [
        ("errors: {effect: 0.1}", "`metrics.errors`: the plan has no such metric; it has"),
        ("error_rate: {effect: 0.99}", "`metrics.error_rate.effect`: a share of 1.015"),
        ("cost: {effect: -1}", "`metrics.cost.effect`: a value of 0 is not drawn"),
        ("cost: {baseline: -2}", "`metrics.cost.effect`: a value of -2 is not drawn"),
    ] {
        let error = simulation(text).expect_err(text).to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
    let mut assumed = assumed("");
    let accuracy = assumed.metrics.entry("accuracy".to_owned()).or_default();
    (accuracy.baseline, accuracy.effect) = (Some(0.9), Some(0.5));
    let gate = Gate::builder().packages_of(&plan()).build().expect("the embedded policies");
    let error = Simulation::new(gate, plan(), &assumed).expect_err("two faults").to_string();
    // Of 400 cases 250 bear the effect: 0.9 + 0.5 * 400 / 250.
    for told in [
        "`metrics.accuracy.baseline`: pass rates of cases",
        "`gold.other`: the candidate would pass 1.7000",
    ] {
        assert!(error.contains(told), "{error}");
    }
}
