//! The model: how single requests and cases are drawn, so that plan and assumptions are true.

use std::collections::BTreeMap;

use phasegate_core::document::Contradiction;
use phasegate_core::plan::{Better, Margin, Measure, Metric, Plan};
use phasegate_core::rows::Columns;
use phasegate_stats::dist::{Continuous as _, Normal};

use super::assume::{Assumed, Assumptions, correlation};
use super::random::{Random, exp, ln};

/// How one column of a request's row is drawn, of baseline and candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Law {
    /// No metric reads it.
    Absent,
    /// The same number always.
    One,
    /// True where a normal number is below its point.
    Flag([f64; 2]),
    /// The exponential function of a normal number: means of the logarithm, and its deviation.
    Lognormal([f64; 2], f64),
    /// Poisson, by the probability of 0.
    Events([f64; 2]),
}

#[derive(Debug, Clone, Copy)]
struct Column {
    law: Law,
    correlation: f64,
}

/// One category of the gold set: its name, how many cases, and below which normal number each
/// version passes.
#[derive(Debug, Clone)]
pub(super) struct Cases {
    pub name: String,
    pub count: u32,
    pub pass_below: [f64; 2],
}

/// The grades of cases: means of both versions, deviation, correlation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grades {
    pub means: [f64; 2],
    pub sd: f64,
    pub correlation: f64,
}

/// How everything is drawn.
#[derive(Debug, Clone)]
pub(super) struct Model {
    columns: Vec<Column>,
    pub clusters: usize,
    pub has_mirrored: bool,
    pub cases: Vec<Cases>,
    pub grades: Option<Grades>,
    pub gold_correlation: f64,
}

impl Model {
    /// The values of one request that one version answers: the baseline (0) or the candidate (1).
    pub(super) fn draw(&self, random: &mut Random, arm: usize, values: &mut Vec<Option<f64>>) {
        values.clear();
        values.extend(self.columns.iter().map(|column| match column.law {
            Law::Flag(_) | Law::Lognormal(..) => column.law.of(random.normal(), arm),
            other => other.drawn(random, arm),
        }));
    }

    /// Those of one request that both answer, baseline and candidate.
    pub(super) fn draw_both(&self, random: &mut Random, values: &mut [Vec<Option<f64>>; 2]) {
        let [baseline, candidate] = values;
        baseline.clear();
        candidate.clear();
        for Column { law, correlation } in &self.columns {
            let [one, other] = match law {
                Law::Flag(_) | Law::Lognormal(..) => {
                    let [one, other] = random.pair(*correlation);
                    [law.of(one, 0), law.of(other, 1)]
                }
                _ => [0, 1].map(|arm| law.drawn(random, arm)),
            };
            baseline.push(one);
            candidate.push(other);
        }
    }
}

impl Law {
    /// What a normal number becomes.
    fn of(self, normal: f64, arm: usize) -> Option<f64> {
        match self {
            Self::Flag(below) => below.get(arm).map(|below| f64::from(u8::from(normal < *below))),
            Self::Lognormal(means, sd) => means.get(arm).map(|mean| exp(mean + sd * normal)),
            Self::Absent | Self::One | Self::Events(_) => None,
        }
    }

    /// What does not rest on a normal number.
    fn drawn(self, random: &mut Random, arm: usize) -> Option<f64> {
        match self {
            Self::One => Some(1.0),
            Self::Events(none) => none.get(arm).map(|none| random.poisson(*none)),
            Self::Absent | Self::Flag(_) | Self::Lognormal(..) => None,
        }
    }
}

/// The model, and the assumptions with every default told.
pub(super) fn model(
    plan: &Plan,
    given: &Assumptions,
) -> Result<(Model, Assumptions), Vec<Contradiction>> {
    let mut faults = Faults::default();
    let columns = Columns::of(plan);
    let mut told = given.clone();
    unknown_metrics(plan, given, &mut faults);
    let mut model = Model {
        columns: vec![Column { law: Law::Absent, correlation: 0.0 }; columns.values.len()],
        clusters: columns.clusters.len(),
        has_mirrored: columns.mirrored.is_some(),
        cases: Vec::new(),
        grades: None,
        gold_correlation: given.gold_correlation,
    };
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for metric in &plan.metrics {
        let assumed = told.metrics.entry(metric.id.clone()).or_default();
        match &metric.measure {
            Measure::GoldPass { .. } => {
                if assumed.baseline.is_some() || assumed.sd.is_some() {
                    let message = "pass rates of cases are assumed under `gold`, by category; give \
                                   `effect` alone here";
                    faults.tell(&metric.id, "baseline", message);
                }
                assumed.effect.get_or_insert(0.0);
                continue;
            }
            Measure::GoldScore { .. } => {
                if let Some([of_baseline, of_candidate]) = both(metric, assumed, 0.8, &mut faults) {
                    let sd = *assumed.sd.get_or_insert(0.15);
                    let correlation = *assumed.correlation.get_or_insert(correlation());
                    model.grades =
                        Some(Grades { means: [of_baseline, of_candidate], sd, correlation });
                }
                continue;
            }
            _ => {}
        }
        let (name, denominator) = match &metric.measure {
            Measure::Proportion { column }
            | Measure::Mean { column, .. }
            | Measure::Quantile { column, .. } => (column, None),
            Measure::Ratio { numerator, denominator, .. } => (numerator, Some(denominator)),
            Measure::Rate { events } => (events, None),
            Measure::GoldPass { .. } | Measure::GoldScore { .. } => continue,
        };
        if let Some(owner) = owners.get(name.as_str()) {
            if given.metrics.contains_key(&metric.id) {
                let message = format!(
                    "`{owner}` reads the same column `{name}` and says how it is drawn; leave \
                     this out"
                );
                faults.tell(&metric.id, "", message);
            }
            told.metrics.remove(&metric.id);
            continue;
        }
        owners.insert(name, &metric.id);
        let Some(law) = law(plan, metric, assumed, given.requests_per_hour, &mut faults) else {
            continue;
        };
        let correlation = match law {
            Law::Events(_) => 0.0,
            _ => *assumed.correlation.get_or_insert(correlation()),
        };
        for (place, column) in columns.values.iter().zip(&mut model.columns) {
            if place.name == *name {
                *column = Column { law, correlation };
            } else if denominator.is_some_and(|other| *other == place.name)
                && column.law == Law::Absent
            {
                column.law = Law::One;
            }
        }
    }
    let needs_gold =
        plan.gold_set.is_some() || plan.metrics.iter().any(|one| one.measure.is_gold());
    if needs_gold {
        if told.gold.is_empty() {
            told.gold = Assumptions::cases_of(plan);
        }
        model.cases = gold(plan, &told, &mut faults);
    }
    if faults.0.is_empty() { Ok((model, told)) } else { Err(faults.0) }
}

/// How the column of a metric is drawn.
fn law(
    plan: &Plan,
    metric: &Metric,
    assumed: &mut Assumed,
    requests_per_hour: f64,
    faults: &mut Faults,
) -> Option<Law> {
    match &metric.measure {
        Measure::Proportion { .. } => {
            let rate = match metric.better {
                Better::Lower if metric.id == "error_rate" => plan.thresholds.error_rate / 4.0,
                Better::Lower => 0.01,
                Better::Higher => 0.9,
            };
            let shares = both(metric, assumed, rate, faults)?;
            if let Some(share) = shares.iter().find(|share| !(0.0..=1.0).contains(*share)) {
                let message = format!(
                    "a share of {share} is impossible; give `baseline` and `effect` so that both \
                     versions are from 0 to 1"
                );
                faults.tell(&metric.id, "effect", message);
                return None;
            }
            Some(Law::Flag(shares.map(normal_point)))
        }
        Measure::Quantile { quantile, unit, .. } => {
            let value = match unit.as_str() {
                "ms" => plan.thresholds.p95_latency_ms / 2.0,
                "s" => plan.thresholds.p95_latency_ms / 2000.0,
                _ => 1.0,
            };
            let sd = *assumed.log_sd.get_or_insert(0.5);
            let values = positive(metric, assumed, value, faults)?;
            let point = normal_point(*quantile);
            Some(Law::Lognormal(values.map(|value| ln(value) - sd * point), sd))
        }
        Measure::Mean { .. } | Measure::Ratio { .. } => {
            let [of_baseline, of_candidate] = positive(metric, assumed, 0.002, faults)?;
            let sd = *assumed.sd.get_or_insert(0.75 * of_baseline);
            let part = sd / of_baseline;
            let variance = ln(1.0 + part * part);
            let mean = |value: f64| ln(value) - variance / 2.0;
            Some(Law::Lognormal([mean(of_baseline), mean(of_candidate)], variance.sqrt()))
        }
        Measure::Rate { .. } => {
            let events = positive(metric, assumed, 1.0, faults)?;
            let each = events.map(|events| events / requests_per_hour);
            if each.iter().any(|events| *events > 100.0) {
                let message = "more than 100 events a request; give fewer, or more \
                               `requests_per_hour`";
                faults.tell(&metric.id, "baseline", message);
                return None;
            }
            Some(Law::Events(each.map(|events| exp(-events))))
        }
        Measure::GoldPass { .. } | Measure::GoldScore { .. } => None,
    }
}

/// The baseline's value and the candidate's.
fn both(
    metric: &Metric,
    assumed: &mut Assumed,
    default: f64,
    faults: &mut Faults,
) -> Option<[f64; 2]> {
    let baseline = *assumed.baseline.get_or_insert(default);
    let effect = *assumed.effect.get_or_insert(0.0);
    let candidate = match metric.margin {
        Some(Margin::Relative(_)) => baseline * (1.0 + effect),
        _ => baseline + effect,
    };
    if !baseline.is_finite() || !candidate.is_finite() {
        faults.tell(&metric.id, "effect", "not a finite number; give one");
        return None;
    }
    Some([baseline, candidate])
}

/// The same where both must be above 0.
fn positive(
    metric: &Metric,
    assumed: &mut Assumed,
    default: f64,
    faults: &mut Faults,
) -> Option<[f64; 2]> {
    let values = both(metric, assumed, default, faults)?;
    if let Some(value) = values.iter().find(|value| **value <= 0.0) {
        let message = format!(
            "a value of {value} is not drawn; give `baseline` and `effect` so that both versions \
             are above 0"
        );
        faults.tell(&metric.id, "effect", message);
        return None;
    }
    Some(values)
}

/// The point below which a standard normal number is with this probability.
fn normal_point(probability: f64) -> f64 {
    // Proved before: a probability, of which every one has a point.
    Normal.quantile(probability).unwrap_or(0.0)
}

fn unknown_metrics(plan: &Plan, given: &Assumptions, faults: &mut Faults) {
    for id in given.metrics.keys() {
        if plan.metrics.iter().all(|metric| metric.id != *id) {
            let known: Vec<String> =
                plan.metrics.iter().map(|metric| format!("`{}`", metric.id)).collect();
            faults.tell(
                id,
                "",
                format!("the plan has no such metric; it has {}", known.join(", ")),
            );
        }
    }
}

/// The cases with both versions' pass rates. The effect of a metric over all cases is borne by the
/// categories that the plan does not name, so that it is the effect over all of them.
fn gold(plan: &Plan, told: &Assumptions, faults: &mut Faults) -> Vec<Cases> {
    let mut effects: BTreeMap<&str, f64> =
        told.gold.iter().map(|(name, one)| (name.as_str(), one.effect.unwrap_or(0.0))).collect();
    let mut overall = 0.0;
    for metric in &plan.metrics {
        let effect = told.metrics.get(&metric.id).and_then(|one| one.effect).unwrap_or(0.0);
        match &metric.measure {
            Measure::GoldPass { category: Some(name) } => match effects.get_mut(name.as_str()) {
                Some(sum) => *sum += effect,
                None if effect != 0.0 => {
                    let message = format!("`gold` has no cases of `{name}`; give some");
                    faults.tell(&metric.id, "effect", message);
                }
                None => {}
            },
            Measure::GoldPass { category: None } => overall += effect,
            _ => {}
        }
    }
    let is_named =
        |name: &str| plan.gold_set.as_ref().is_some_and(|gold| gold.categories.contains_key(name));
    let count = |of: &dyn Fn(&str) -> bool| {
        told.gold.iter().filter(|(name, _)| of(name)).map(|(_, one)| f64::from(one.cases)).sum()
    };
    let (all, unnamed): (f64, f64) = (count(&|_| true), count(&|name| !is_named(name)));
    let bearing = if unnamed > 0.0 { unnamed } else { all };
    let mut cases = Vec::new();
    for (name, one) in &told.gold {
        let bears = unnamed <= 0.0 || !is_named(name);
        let of_metric = if bears { overall * all / bearing } else { 0.0 };
        let effect = effects.get(name.as_str()).copied().unwrap_or(0.0) + of_metric;
        let candidate = one.pass_rate + effect;
        // An effect that just reaches the end may round beyond it.
        if !(-1e-9..=1.0 + 1e-9).contains(&candidate) {
            faults.0.push(Contradiction {
                path: format!("gold.{name}").parse().unwrap_or_default(),
                message: format!(
                    "the candidate would pass {candidate:.4} of these cases, which is impossible; \
                     assume another `pass_rate` or a smaller effect"
                ),
            });
            continue;
        }
        let rates = [one.pass_rate, candidate.clamp(0.0, 1.0)];
        let pass_below = rates.map(normal_point);
        cases.push(Cases { name: name.clone(), count: one.cases, pass_below });
    }
    cases
}

#[derive(Default)]
struct Faults(Vec<Contradiction>);

impl Faults {
    fn tell(&mut self, metric: &str, field: &str, message: impl Into<String>) {
        let mut path = phasegate_core::Path::default();
        for part in ["metrics", metric, field].into_iter().filter(|part| !part.is_empty()) {
            path.push_field(part.to_owned());
        }
        self.0.push(Contradiction { path, message: message.into() });
    }
}
