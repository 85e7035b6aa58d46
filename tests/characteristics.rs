//! How often the whole gate errs: rollouts are drawn, from shadow to half of the traffic, and each
//! call of each phase is decided as in service, with the state carried on.
//!
//! The suite draws a few rollouts of each kind; `PHASEGATE_ROLLOUTS=1000` draws so many, and prints
//! the rows of the table in `docs/operating-characteristics.md`: what was found, its 95 % interval
//! (Clopper and Pearson), and what is promised.

use std::collections::BTreeMap;

use phasegate::observations::{
    Count, Histogram, MAX_OBSERVATIONS_BYTES, MeanOf, MetricData, MetricObservations, PairAccount,
    PhaseObservations, SeenTwice,
};
use phasegate::plan::{MAX_PLAN_BYTES, RUNBOOK};
use phasegate::read::Format;
use phasegate::stats::Question;
use phasegate::stats::dist::{Binomial, Discrete as _};
use phasegate::stats::one_sample::clopper_pearson;
use phasegate::stats::summary::Tally;
use phasegate::{Gate, Observations, Outcome, Plan, PlanRequest, State, document};
use phasegate_fixtures::Random;
use serde_json::{Value, json};

/// The probability that a right gate fails one of these comparisons for a seed.
const LUCK: f64 = 1e-5;

/// What the runbook's plan promises: the error probability of a margin and of a threshold.
const MARGIN_ALPHA: f64 = 0.05;

/// That of a claim to be better.
const BETTER_ALPHA: f64 = 0.025;

/// That of a false alarm, of each metric in each phase.
const HARM_ALPHA: f64 = 0.05;

/// How many rollouts of each kind the suite draws.
const FEW: u32 = 10;

/// What is told of each simulated phase: its id, the candidate's share, and at how many candidate
/// requests it is decided.
const PHASES: [(&str, f64, &[u64]); 4] = [
    ("gray_1", 0.01, &[100, 200]),
    ("gray_5", 0.05, &[400, 1000]),
    ("gray_25", 0.25, &[1800, 4800]),
    ("gray_50", 0.5, &[3000, 6000]),
];

/// How many mirrored requests shadow has.
const MIRRORED: u64 = 2000;

const SECURITY_CASES: u32 = 150;
const OTHER_CASES: u32 = 250;

/// The runbook's plan with another planned maximum, and with limits of the policy on observed
/// values at their floors, so that the bounds decide.
fn plan() -> Plan {
    let text = RUNBOOK
        .replace("planned_maximum: 50000", "planned_maximum: 12000")
        .replace("  error_rate: 0.02\n", "  error_rate: 0.1\n")
        .replace("security_pass_rate: 0.99\n", "security_pass_rate: 0.95\n")
        .replace("accuracy_delta: 0.02\n", "accuracy_delta: 0\n");
    document::read(text.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan")
}

/// What is true of a candidate, whose baseline fails one request in 200, answers half of them
/// within 700 ms, and passes 90 % of the cases that are not about security.
#[derive(Debug, Clone, Copy)]
struct Truth {
    name: &'static str,
    /// The candidate's rate of errors, less the baseline's.
    errors: f64,
    /// Its latencies and costs, as factors.
    latency: f64,
    cost: f64,
    /// Its probability to pass a case, of security and of the others.
    security: f64,
    others: f64,
}

const BASELINE_ERRORS: f64 = 0.005;
const BASELINE_SECURITY: f64 = 0.999;
const BASELINE_OTHERS: f64 = 0.9;

/// As good as the baseline in service, and better by 7 points at the gold set's other cases.
const BETTER: Truth = Truth {
    name: "gold set better by 7 points, else equal",
    errors: 0.0,
    latency: 1.0,
    cost: 1.0,
    security: BASELINE_SECURITY,
    others: BASELINE_OTHERS + 0.07,
};

/// What came of a rollout.
#[derive(Debug, Clone, Default)]
struct Course {
    /// It left shadow.
    left_shadow: bool,
    /// It left a phase in which everything is concluded.
    left_concluding: bool,
    /// It came to its end.
    promoted: bool,
    /// In which phases harm was detected, by metric.
    harm: Vec<(String, String)>,
}

/// A version's answers in one phase so far.
#[derive(Debug, Clone, Default)]
struct Seen {
    n: u64,
    errors: u64,
    cost: f64,
    cost_squares: f64,
    /// Native buckets of latencies, 2.2 % wide.
    latency: BTreeMap<i32, u64>,
}

/// The logarithm of a latency in ms and a cost in dollars, both lognormal.
fn measured(random: &mut Random) -> (f64, f64) {
    (random.normal(), random.normal())
}

/// 95 % are below 1.6 s.
fn latency(normal: f64, factor: f64) -> f64 {
    700.0 * factor * (0.5 * normal).exp()
}

fn cost(normal: f64, factor: f64) -> f64 {
    0.04 * factor * (0.55 * normal).exp()
}

impl Seen {
    fn draw(&mut self, random: &mut Random, n: u64, errors: f64, factors: [f64; 2]) {
        for _ in 0..n {
            let (of_latency, of_cost) = measured(random);
            self.errors += u64::from(random.unit() < errors);
            let cost = cost(of_cost, factors[1]);
            self.cost += cost;
            self.cost_squares += cost * cost;
            #[expect(clippy::cast_possible_truncation, reason = "some hundreds")]
            let bucket = (32.0 * latency(of_latency, factors[0]).log2()).ceil() as i32;
            *self.latency.entry(bucket).or_default() += 1;
        }
        self.n += n;
    }

    fn errors(&self) -> Count {
        Count { k: self.errors, n: self.n }
    }

    fn costs(&self) -> MeanOf {
        let n = self.n as f64;
        let mean = self.cost / n;
        let variance = (self.cost_squares - n * mean * mean) / (n - 1.0);
        MeanOf { n: self.n, mean, sd: variance.max(0.0).sqrt() }
    }

    fn latencies(&self) -> Histogram {
        let positive = self.latency.iter().map(|(bucket, count)| (*bucket, *count)).collect();
        Histogram::Native { schema: 5, zero_threshold: 0.0, zero_count: 0, positive }
    }
}

fn told(data: MetricData) -> MetricObservations {
    MetricObservations { data, unpaired: 0, censored: 0, missing: 0 }
}

fn phase(baseline: &Seen, candidate: &Seen) -> PhaseObservations {
    let errors = MetricData::Counts { baseline: baseline.errors(), candidate: candidate.errors() };
    let cost = MetricData::Means { baseline: baseline.costs(), candidate: candidate.costs() };
    let latency =
        MetricData::Histograms { baseline: baseline.latencies(), candidate: candidate.latencies() };
    PhaseObservations {
        candidate_requests: candidate.n,
        baseline_requests: baseline.n,
        covered_ms: 6 * 3_600_000,
        metrics: [("error_rate", errors), ("cost", cost), ("latency", latency)]
            .map(|(id, data)| (id.to_owned(), told(data)))
            .into(),
        ..PhaseObservations::default()
    }
}

/// Mirrored requests: what a request asks of both versions is half of the variance of both.
fn shadow(random: &mut Random, truth: &Truth) -> PhaseObservations {
    let mut errors = SeenTwice::default();
    let (mut latencies, mut costs) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..MIRRORED {
        let shared = measured(random);
        let mut one = || {
            let own = measured(random);
            let mixed = |shared: f64, own: f64| (shared + own) / 2.0_f64.sqrt();
            (mixed(shared.0, own.0), mixed(shared.1, own.1))
        };
        let (baseline, candidate) = (one(), one());
        latencies.0.push(latency(baseline.0, 1.0));
        latencies.1.push(latency(candidate.0, truth.latency));
        costs.0.push(cost(baseline.1, 1.0));
        costs.1.push(cost(candidate.1, truth.cost));
        let failed = |rate: f64, random: &mut Random| random.unit() < rate;
        let baseline = failed(BASELINE_ERRORS, random);
        let count = match (baseline, failed(BASELINE_ERRORS + truth.errors, random)) {
            (true, true) => &mut errors.both,
            (true, false) => &mut errors.baseline_only,
            (false, true) => &mut errors.candidate_only,
            (false, false) => &mut errors.neither,
        };
        *count += 1;
    }
    let mean = |values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        MeanOf { n: MIRRORED, mean, sd: (squares / (n - 1.0)).sqrt() }
    };
    let (baseline, candidate) = (mean(&costs.0), mean(&costs.1));
    let products = costs.0.iter().zip(&costs.1);
    let covariance =
        products.map(|(one, other)| (one - baseline.mean) * (other - candidate.mean)).sum::<f64>()
            / (MIRRORED as f64 - 1.0);
    let latency = MetricData::PairedValues { baseline: latencies.0, candidate: latencies.1 };
    let cost = MetricData::PairedMeans { baseline, candidate, covariance };
    PhaseObservations {
        candidate_requests: MIRRORED,
        baseline_requests: MIRRORED,
        covered_ms: 30 * 3_600_000,
        pairs: Some(PairAccount { matched: MIRRORED, ..PairAccount::default() }),
        metrics: [
            ("error_rate", MetricData::PairedCounts(errors)),
            ("cost", cost),
            ("latency", latency),
        ]
        .map(|(id, data)| (id.to_owned(), told(data)))
        .into(),
        ..PhaseObservations::default()
    }
}

fn gold(random: &mut Random, security: f64, others: f64) -> Value {
    let mut cases = Vec::new();
    for number in 0..SECURITY_CASES + OTHER_CASES {
        let (category, rate) = match number {
            0..SECURITY_CASES => ("security", security),
            _ => ("style", others),
        };
        let passed = random.unit() < rate;
        let id = format!("case-{number:03}");
        cases.push(json!({"id": id, "category": category, "answers": [{"passed": passed}]}));
    }
    json!([{"cases": cases}])
}

fn start(random: &mut Random, truth: &Truth) -> Observations {
    let document = json!({
        "schema": "phasegate/observations/v1",
        "candidate": {"id": "v1-new", "model": "m-2", "prompt": "p-2"},
        "baseline": {"id": "v2-old", "model": "m-1", "prompt": "p-1"},
        "window": {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T06:00:00Z"},
        "gold": {
            "candidate": gold(random, truth.security, truth.others),
            "baseline": gold(random, BASELINE_SECURITY, BASELINE_OTHERS),
        },
        "incidents": [],
        "quarantine": [],
    });
    let text = serde_json::to_vec(&document).expect("JSON");
    document::read(&text, Format::Json, MAX_OBSERVATIONS_BYTES).expect("observations")
}

/// One rollout; in gray it goes on as if shadow had been left, so that each part is seen alone.
fn rollout(gate: &Gate, plan: &Plan, truth: &Truth, seed: u64) -> Course {
    let mut random = Random::new(seed);
    let mut seen = start(&mut random, truth);
    let mut state: Option<State> = None;
    let mut decide = |seen: &Observations| {
        let request = PlanRequest { plan, observations: seen, state: state.as_ref(), now: None };
        let answer = gate.decide_planned(&request).expect("documents that belong together");
        state = Some(answer.state.clone());
        answer
    };
    let mut course = Course::default();
    seen.phases.insert("shadow".to_owned(), shadow(&mut random, truth));
    course.left_shadow = decide(&seen).decision.outcome == Outcome::Promote;
    let mut left_all = course.left_shadow;
    for (id, weight, calls) in PHASES {
        let (mut baseline, mut candidate) = (Seen::default(), Seen::default());
        let mut left = false;
        for &until in calls {
            let more = until - candidate.n;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "some thousands of requests"
            )]
            let of_baseline = (more as f64 * (1.0 - weight) / weight).round() as u64;
            baseline.draw(&mut random, of_baseline, BASELINE_ERRORS, [1.0, 1.0]);
            let errors = BASELINE_ERRORS + truth.errors;
            candidate.draw(&mut random, more, errors, [truth.latency, truth.cost]);
            seen.phases.insert(id.to_owned(), phase(&baseline, &candidate));
            let answer = decide(&seen);
            left = answer.decision.outcome == Outcome::Promote;
            course.left_concluding |= left && weight > 0.2;
            for (phase, metrics) in &answer.state.harm {
                for (metric, record) in metrics {
                    let harm = (phase.clone(), metric.clone());
                    if record.detected.is_some() && !course.harm.contains(&harm) {
                        course.harm.push(harm);
                    }
                }
            }
        }
        left_all &= left;
    }
    course.promoted = left_all;
    course
}

/// How many rollouts are drawn, and whether that was asked for.
fn rollouts() -> (u32, bool) {
    let asked = std::env::var("PHASEGATE_ROLLOUTS").ok();
    let asked = asked.map(|text| text.parse().expect("PHASEGATE_ROLLOUTS is a number"));
    (asked.unwrap_or(FEW), asked.is_some())
}

fn courses(truth: &Truth, seed: u64) -> Vec<Course> {
    let plan = plan();
    let gate = Gate::builder().packages_of(&plan).build().expect("the embedded policies");
    let (count, _) = rollouts();
    (0..count).map(|i| rollout(&gate, &plan, truth, seed + u64::from(i))).collect()
}

/// A row of the table.
fn tell(truth: &Truth, what: &str, found: u64, promised: &str) {
    let (count, asked) = rollouts();
    if asked {
        let tally = Tally::new(found, count.into()).expect("a part of all");
        let outcome = clopper_pearson(&tally, &Question::differs_from(0.5)).expect("an interval");
        let interval = outcome.interval.expect("an interval");
        let [share, lower, upper] =
            [found as f64 / f64::from(count), interval.lower, interval.upper].map(|x| 100.0 * x);
        println!(
            "| {} | {what} | {share:.1} % | {lower:.1} to {upper:.1} % | {promised} |",
            truth.name
        );
    }
}

/// So many of the rollouts are no more than chance allows, if each is at most `alpha` likely.
#[track_caller]
fn at_most(truth: &Truth, what: &str, found: u64, alpha: f64) {
    tell(truth, what, found, &format!("at most {:.1} %", 100.0 * alpha));
    let law = Binomial::new(rollouts().0.into(), alpha).expect("a law");
    let bound = law.upper_quantile(LUCK).expect("a count");
    assert!(found <= bound, "{}: {what} {found} times, {bound} at most", truth.name);
}

/// So many are no fewer than chance allows, if each is at least `power` likely.
#[track_caller]
fn at_least(truth: &Truth, what: &str, found: u64, power: f64) {
    tell(truth, what, found, &format!("at least {:.0} %", 100.0 * power));
    let law = Binomial::new(rollouts().0.into(), power).expect("a law");
    let bound = law.quantile(LUCK).expect("a count");
    assert!(found >= bound, "{}: {what} {found} times, {bound} at least", truth.name);
}

fn how_many(courses: &[Course], which: impl Fn(&Course) -> bool) -> u64 {
    courses.iter().filter(|course| which(course)).count() as u64
}

/// False alarms are priced for each metric in each phase, and judged so: the worst phase is told.
#[track_caller]
fn no_false_harm(truth: &Truth, courses: &[Course]) {
    for metric in ["error_rate", "latency", "cost"] {
        let alarms = PHASES.map(|(phase, ..)| {
            let harm = (phase.to_owned(), metric.to_owned());
            how_many(courses, |one| one.harm.contains(&harm))
        });
        let worst = alarms.into_iter().max().unwrap_or_default();
        at_most(truth, &format!("false harm by `{metric}`, worst phase"), worst, HARM_ALPHA);
    }
}

/// Every metric that is worse by exactly its margin, all others being those of a good candidate.
#[test]
fn a_candidate_at_the_margin_is_rarely_promoted() {
    let at_margin = [
        Truth { name: "errors worse by the margin", errors: 0.01, ..BETTER },
        Truth { name: "latency worse by the margin", latency: 1.1, ..BETTER },
        Truth { name: "cost worse by the margin", cost: 1.1, ..BETTER },
    ];
    for (truth, seed) in at_margin.iter().zip([10_000_000, 20_000_000, 30_000_000]) {
        let courses = courses(truth, seed);
        at_most(truth, "leaves shadow", how_many(&courses, |one| one.left_shadow), MARGIN_ALPHA);
        let left = how_many(&courses, |one| one.left_concluding);
        at_most(truth, "leaves 25 % or 50 %, whatever shadow said", left, MARGIN_ALPHA);
        at_most(truth, "is promoted", how_many(&courses, |one| one.promoted), MARGIN_ALPHA);
    }
}

/// A candidate that is the baseline, and one whose security cases are at the threshold.
#[test]
fn a_gold_set_at_its_limit_rarely_leaves_shadow() {
    let unchanged = Truth { name: "unchanged (A/A)", others: BASELINE_OTHERS, ..BETTER };
    let courses_of_unchanged = courses(&unchanged, 40_000_000);
    let left = how_many(&courses_of_unchanged, |one| one.left_shadow);
    at_most(&unchanged, "leaves shadow", left, BETTER_ALPHA);
    no_false_harm(&unchanged, &courses_of_unchanged);
    let insecure = Truth { name: "security at its threshold", security: 0.95, ..BETTER };
    let left = how_many(&courses(&insecure, 50_000_000), |one| one.left_shadow);
    at_most(&insecure, "leaves shadow", left, MARGIN_ALPHA);
}

/// The limits of harm are the plan's: five points of errors, half of the latency, a tenth of the
/// cost.
#[test]
fn harm_is_rarely_false() {
    let at_limit =
        Truth { name: "worse by the harm limits", errors: 0.05, latency: 1.5, cost: 1.1, ..BETTER };
    no_false_harm(&at_limit, &courses(&at_limit, 60_000_000));
}

#[test]
fn a_good_candidate_is_usually_promoted() {
    let courses = courses(&BETTER, 70_000_000);
    at_least(&BETTER, "leaves shadow", how_many(&courses, |one| one.left_shadow), 0.75);
    at_least(&BETTER, "is promoted", how_many(&courses, |one| one.promoted), 0.7);

    let crashing = Truth { name: "errors worse by 30 points", errors: 0.3, ..BETTER };
    let courses = self::courses(&crashing, 80_000_000);
    let harmful = how_many(&courses, |one| {
        one.harm.iter().any(|(phase, metric)| phase == "gray_1" && metric == "error_rate")
    });
    at_least(&crashing, "harm by `error_rate` detected at 1 %", harmful, 0.8);
}
