//! What is wrong with a plan of the right shape.

use std::collections::BTreeSet;

use super::{Hypothesis, Margin, Measure, Metric, Plan, Spending, Stage};
use crate::document::Contradiction;
use crate::path::Path;

/// Every contradiction, in the order of the plan's fields.
pub(super) fn contradictions(plan: &Plan) -> Vec<Contradiction> {
    let mut faults = Faults::default();
    metrics(plan, &mut faults);
    phases(plan, &mut faults);
    monitoring(plan, &mut faults);
    faults.0.extend(crate::trigger::contradictions(plan));
    faults.0
}

#[derive(Default)]
struct Faults(Vec<Contradiction>);

impl Faults {
    fn tell(&mut self, path: &str, message: impl Into<String>) {
        // The paths are written here, and a path that does not parse would still be a fault.
        let path: Path = path.parse().unwrap_or_default();
        self.0.push(Contradiction { path, message: message.into() });
    }
}

fn metrics(plan: &Plan, faults: &mut Faults) {
    let mut ids = BTreeSet::new();
    for (index, metric) in plan.metrics.iter().enumerate() {
        let at = |field: &str| format!("metrics[{index}].{field}");
        if !is_name(&metric.id) {
            let message = format!("`{}` is not a name; use a-z, 0-9 and `_`", metric.id);
            faults.tell(&at("id"), message);
        }
        if !ids.insert(&metric.id) {
            faults.tell(&at("id"), format!("`{}` names two metrics; rename one", metric.id));
        }
        margins(metric, &at, faults);
        required_in(plan, metric, index, faults);
        gold(plan, metric, &at, faults);
    }
}

fn margins(metric: &Metric, at: &dyn Fn(&str) -> String, faults: &mut Faults) {
    match (metric.hypothesis, metric.margin) {
        (Hypothesis::NonInferiority, None) => {
            faults.tell(&at("margin"), "missing; non-inferiority is within a margin, give it");
        }
        (Hypothesis::Superiority, Some(_)) => {
            let message = "superiority has no margin; drop it, or give `non_inferiority`";
            faults.tell(&at("margin"), message);
        }
        _ => {}
    }
    if let (Some(margin), Some(limit)) = (metric.margin, metric.harm_limit) {
        let same_scale = matches!(
            (margin, limit),
            (Margin::Absolute(_), Margin::Absolute(_)) | (Margin::Relative(_), Margin::Relative(_))
        );
        if !same_scale {
            faults.tell(&at("harm_limit"), "give it in the margin's scale");
        } else if limit.size() < margin.size() {
            faults.tell(&at("harm_limit"), "it is within the margin; give at least the margin");
        }
    }
    let is_rate = matches!(metric.measure, Measure::Rate { .. });
    for (field, margin) in [("margin", metric.margin), ("harm_limit", metric.harm_limit)] {
        if is_rate && matches!(margin, Some(Margin::Absolute(_))) {
            faults.tell(&at(field), "rates are compared by their ratio; give it as `relative`");
        }
    }
    let is_share = matches!(metric.measure, Measure::Proportion { .. } | Measure::GoldPass { .. });
    for (field, margin) in [("margin", metric.margin), ("harm_limit", metric.harm_limit)] {
        if is_share && matches!(margin, Some(Margin::Absolute(size)) if size >= 1.0) {
            faults.tell(&at(field), "a margin of a share is a fraction below 1: 0.01 is a point");
        }
    }
}

fn required_in(plan: &Plan, metric: &Metric, index: usize, faults: &mut Faults) {
    for (place, id) in metric.required_in.iter().flatten().enumerate() {
        if plan.phases.iter().all(|phase| phase.id != *id) {
            let at = format!("metrics[{index}].required_in[{place}]");
            faults.tell(&at, format!("the plan has no phase `{id}`"));
        }
    }
}

fn gold(plan: &Plan, metric: &Metric, at: &dyn Fn(&str) -> String, faults: &mut Faults) {
    if metric.measure.is_gold() && plan.gold_set.is_none() {
        faults.tell(&at("measure"), "it is measured on the gold set; give the plan a `gold_set`");
    }
    let (Measure::GoldPass { category: Some(category) }
    | Measure::GoldScore { category: Some(category) }) = &metric.measure
    else {
        return;
    };
    let known = plan.gold_set.as_ref().is_none_or(|gold| gold.categories.contains_key(category));
    if !known {
        let message = format!("the gold set has no category `{category}`");
        faults.tell(&at("measure.category"), message);
    }
}

fn phases(plan: &Plan, faults: &mut Faults) {
    let mut ids = BTreeSet::new();
    let mut former: Option<(Stage, f64)> = None;
    for (index, phase) in plan.phases.iter().enumerate() {
        let at = |field: &str| format!("phases[{index}].{field}");
        if !ids.insert(&phase.id) {
            faults.tell(&at("id"), format!("`{}` names two phases; rename one", phase.id));
        }
        match former {
            Some((Stage::Gray, _)) if phase.stage == Stage::Shadow => {
                faults.tell(&at("stage"), "shadow comes before every gray phase; move it up");
            }
            Some((stage, weight)) if stage == phase.stage && phase.weight <= weight => {
                faults.tell(&at("weight"), "weights ascend from phase to phase");
            }
            _ => {}
        }
        former = Some((phase.stage, phase.weight));
        if phase.stage == Stage::Shadow && plan.pairing.is_none() {
            let message = "shadow traffic is paired; give the plan a `pairing`";
            faults.tell(&at("stage"), message);
        }
    }
}

fn monitoring(plan: &Plan, faults: &mut Faults) {
    let looks = &plan.monitoring.looks;
    for (index, &look) in looks.iter().enumerate() {
        let former = index.checked_sub(1).and_then(|former| looks.get(former));
        let at = format!("monitoring.looks[{index}]");
        if !(look > 0.0 && look <= 1.0) {
            faults.tell(&at, format!("{look} is not a fraction of the planned maximum"));
        } else if former.is_some_and(|&former| look <= former) {
            faults.tell(&at, "looks ascend");
        } else if index + 1 == looks.len() && look < 1.0 {
            faults.tell(&at, "the last look is at the planned maximum; end with 1");
        }
    }
    if let Spending::Power(exponent) = plan.monitoring.spending
        && exponent > 20.0
    {
        faults.tell("monitoring.spending.power", "an exponent is at most 20");
    }
}

pub(crate) fn is_name(text: &str) -> bool {
    let mut letters = text.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_PLAN_BYTES, RUNBOOK};
    use crate::document;
    use crate::plan::Plan;
    use crate::read::{Fault, Format};

    /// The runbook's plan with one text in it replaced, and every fault that this makes.
    #[track_caller]
    fn check(old: &str, new: &str, expected: &[&str]) {
        assert_eq!(RUNBOOK.matches(old).count(), 1, "`{old}` stands once in the plan");
        let text = RUNBOOK.replace(old, new);
        let outcome = document::read::<Plan>(text.as_bytes(), Format::Yaml, MAX_PLAN_BYTES);
        let faults: Vec<String> = outcome.map_or_else(
            |error| {
                let told = |fault: &Fault| {
                    assert!(fault.line.is_some(), "every fault has a line");
                    format!("`{}`: {}", fault.path, fault.message)
                };
                error.faults.iter().map(told).collect()
            },
            |_| Vec::new(),
        );
        assert_eq!(faults, expected);
    }

    #[test]
    fn the_runbook_is_a_plan() {
        check("service: code-review", "service: summaries", &[]);
        check("log:\n  arm: arm ", "log:\n  arm: version ", &[]);
    }

    #[test]
    fn metrics() {
        check(
            "  - id: latency\n",
            "  - id: accuracy\n",
            &["`metrics[1].id`: `accuracy` names two metrics; rename one"],
        );
        check(
            "  - id: latency\n",
            "  - id: P95 latency\n",
            &["`metrics[1].id`: `P95 latency` is not a name; use a-z, 0-9 and `_`"],
        );
        check(
            "    role: goal\n",
            "    role: goal\n    margin: {absolute: 0.01}\n",
            &["`metrics[0].margin`: superiority has no margin; drop it, or give `non_inferiority`"],
        );
        check(
            "    margin: {absolute: 0.01}\n    harm_limit: {absolute: 0.05}\n",
            "",
            &["`metrics[2].margin`: missing; non-inferiority is within a margin, give it"],
        );
        check(
            "{absolute: 0.05}",
            "{relative: 0.05}",
            &["`metrics[2].harm_limit`: give it in the margin's scale"],
        );
        check(
            "{absolute: 0.05}",
            "{absolute: 0.005}",
            &["`metrics[2].harm_limit`: it is within the margin; give at least the margin"],
        );
        check(
            "{absolute: 0.05}",
            "{absolute: 5}",
            &[
                "`metrics[2].harm_limit`: a margin of a share is a fraction below 1: 0.01 is a point",
            ],
        );
        check(
            "kind: gold_pass",
            "kind: gold_score, category: security2",
            &["`metrics[0].measure.category`: the gold set has no category `security2`"],
        );
        check(
            "    role: goal\n",
            "    role: goal\n    required_in: [shadow, gray_7]\n",
            &["`metrics[0].required_in[1]`: the plan has no phase `gray_7`"],
        );
        check(
            "kind: mean, column: cost_usd, unit: USD}\n    better: lower\n    hypothesis: non_inferiority\n    margin: {relative: 0.1}",
            "kind: rate, events: alerts}\n    better: lower\n    hypothesis: non_inferiority\n    margin: {absolute: 1}",
            &["`metrics[3].margin`: rates are compared by their ratio; give it as `relative`"],
        );
        check(
            "kind: gold_pass",
            "kind: median",
            &[
                "`metrics[0].measure.kind`: `median` is not one of `proportion`, `mean`, `quantile`, `ratio`, `rate`, `gold_pass`, `gold_score`",
            ],
        );
        check(
            "quantile: 0.95",
            "quantile: 95",
            &["`metrics[1].measure.quantile`: 95 is not below 1"],
        );
    }

    #[test]
    fn phases() {
        check(
            "stage: gray, weight: 0.05",
            "stage: gray, weight: 0.01",
            &["`phases[2].weight`: weights ascend from phase to phase"],
        );
        check(
            "stage: gray, weight: 0.25",
            "stage: shadow, weight: 0.25",
            &["`phases[3].stage`: shadow comes before every gray phase; move it up"],
        );
        check(
            "id: gray_5,",
            "id: gray_1,",
            &["`phases[2].id`: `gray_1` names two phases; rename one"],
        );
    }

    #[test]
    fn monitoring() {
        check("[0.25, 0.5, 1]", "[0.25, 0.25, 1]", &["`monitoring.looks[1]`: looks ascend"]);
        check(
            "[0.25, 0.5, 1]",
            "[0.25, 0.5]",
            &["`monitoring.looks[1]`: the last look is at the planned maximum; end with 1"],
        );
        check(
            "[0.25, 0.5, 1]",
            "[25, 50, 100]",
            &[
                "`monitoring.looks[0]`: 25 is not a fraction of the planned maximum",
                "`monitoring.looks[1]`: 50 is not a fraction of the planned maximum",
                "`monitoring.looks[2]`: 100 is not a fraction of the planned maximum",
            ],
        );
        check(
            "spending: obrien_fleming",
            "spending: {power: 200}",
            &["`monitoring.spending.power`: an exponent is at most 20"],
        );
    }

    #[test]
    fn words_and_units() {
        check(
            "max_age: 2h",
            "max_age: 2 hours",
            &[
                "`max_age`: `2 hours` is not a span of time; write `30s`, `5m`, `1h30m` or `7d`, up to ten years",
            ],
        );
        check(
            "  error_rate: 0.02",
            "  error_rate: 2",
            &["`thresholds.error_rate`: 2 is not at most 1"],
        );
        check(
            "    better: higher",
            "    beter: higher",
            &[
                "`metrics[0].better`: missing; give one of `higher`, `lower`",
                "`metrics[0].beter`: no such field; is it `better`?",
            ],
        );
    }
}
