//! How metrics and rules are read from JSON; a missing value is null.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::judge::{
    Direction, EffectMeasure, EffectSize, JudgeRules, JudgedMetric, MetricRules, MissingValues,
    Outliers,
};
use crate::registry::{Faults, Field, ItemField, MAX_ITEMS, Object, entries, items};

crate::registry::words! {
    Direction "direction" { "increase" => Increase, "decrease" => Decrease, "either" => Either }
}

crate::registry::words! {
    MissingValues "missing values" { "remove" => Remove, "zero" => Zero }
}

crate::registry::words! {
    EffectMeasure "effect measure" {
        "mean_ratio" => MeanRatio, "common_language" => CommonLanguage
    }
}

impl Field for Outliers {
    const KIND: &'static str = "outliers";
    const FORM: &'static str = r#"keep | {"factor": number}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_object() {
            let mut object = Object::of(value, path, faults)?;
            let factor = object.take("factor", None, faults);
            object.close(faults);
            return Some(Self::Remove { factor: factor? });
        }
        crate::registry::word(value, &[("keep", Self::Keep)], path, faults)
    }
}

impl Field for EffectSize {
    const KIND: &'static str = "effect size";
    const FORM: &'static str = r#"{"measure": mean_ratio | common_language, "allowed_decrease": number, "allowed_increase": number, "critical_decrease": number, "critical_increase": number}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut object = Object::of(value, path, faults)?;
        let measure = object.take("measure", Some(EffectMeasure::MeanRatio), faults);
        let any = Self::any(measure.unwrap_or(EffectMeasure::MeanRatio));
        let mut limit = |name, default| object.take(name, Some(default), faults);
        let allowed_decrease = limit("allowed_decrease", any.allowed_decrease);
        let allowed_increase = limit("allowed_increase", any.allowed_increase);
        let critical_decrease = limit("critical_decrease", any.critical_decrease);
        let critical_increase = limit("critical_increase", any.critical_increase);
        object.close(faults);
        Some(Self {
            measure: measure?,
            allowed_decrease: allowed_decrease?,
            allowed_increase: allowed_increase?,
            critical_decrease: critical_decrease?,
            critical_increase: critical_increase?,
        })
    }
}

impl Field for MetricRules {
    const KIND: &'static str = "metric rules";
    const FORM: &'static str = r#"{"direction": increase | decrease | either, "missing": remove | zero, "outliers": keep | {"factor": number}, "critical": true | false, "must_have_data": true | false, "muted": true | false, "effect": effect size}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut object = Object::of(value, path, faults)?;
        let or = Self::default();
        let direction = object.take("direction", Some(or.direction), faults);
        let missing = object.take("missing", Some(or.missing), faults);
        let outliers = object.take("outliers", Some(or.outliers), faults);
        let critical = object.take("critical", Some(or.critical), faults);
        let must_have_data = object.take("must_have_data", Some(or.must_have_data), faults);
        let muted = object.take("muted", Some(or.muted), faults);
        let effect = object.take("effect", Some(or.effect), faults);
        object.close(faults);
        Some(Self {
            direction: direction?,
            missing: missing?,
            outliers: outliers?,
            critical: critical?,
            must_have_data: must_have_data?,
            muted: muted?,
            effect: effect?,
        })
    }
}

/// A value that may be missing, which is NaN.
struct Reading(f64);

impl Field for Reading {
    const KIND: &'static str = "number or null";
    const FORM: &'static str = "number | null";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_null() {
            return Some(Self(f64::NAN));
        }
        f64::read(value, None, path, faults).map(Self)
    }
}

/// The values of one arm.
struct Readings(Vec<f64>);

impl Field for Readings {
    const KIND: &'static str = "numbers or nulls";
    const FORM: &'static str = "[number | null, ...]";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let readings: Vec<Reading> = items(value, path, faults)?;
        Some(Self(readings.into_iter().map(|Reading(value)| value).collect()))
    }
}

impl Field for JudgedMetric {
    const KIND: &'static str = "metric";
    const FORM: &'static str = r#"{"name": text, "groups": [text, ...], "baseline": [number | null, ...], "candidate": [number | null, ...], "rules": metric rules}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut object = Object::of(value, path, faults)?;
        let name = object.take("name", None, faults);
        let groups = object.take("groups", Some(Vec::new()), faults);
        let baseline: Option<Readings> = object.take("baseline", None, faults);
        let candidate: Option<Readings> = object.take("candidate", None, faults);
        let rules = object.take("rules", Some(MetricRules::default()), faults);
        object.close(faults);
        let (Readings(baseline), Readings(candidate)) = (baseline?, candidate?);
        Some(Self { name: name?, groups: groups?, baseline, candidate, rules: rules? })
    }
}

impl ItemField for JudgedMetric {
    const MANY: &'static str = "metrics";
    const ARRAY: &'static str = r#"[{"name": text, "groups": [text, ...], "baseline": [number | null, ...], "candidate": [number | null, ...], "rules": {"direction": increase | decrease | either, "missing": remove | zero, "outliers": keep | {"factor": number}, "critical": true | false, "must_have_data": true | false, "muted": true | false, "effect": {"measure": mean_ratio | common_language, "allowed_decrease": number, "allowed_increase": number, "critical_decrease": number, "critical_increase": number}}}, ...]"#;
}

/// Group weights.
struct Weights(BTreeMap<String, f64>);

impl Field for Weights {
    const KIND: &'static str = "weights";
    const FORM: &'static str = r#"{"group": number, ...}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        entries(value, MAX_ITEMS, path, faults, |key, _, _| Some(key.to_owned())).map(Self)
    }
}

impl Field for JudgeRules {
    const KIND: &'static str = "judge rules";
    const FORM: &'static str = r#"{"group_weights": {"group": number, ...}, "pass": number, "marginal": number, "tolerance": number, "alpha": probability}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut object = Object::of(value, path, faults)?;
        let pass = object.take("pass", None, faults);
        let marginal = object.take("marginal", None, faults);
        let or = Self::new(pass.unwrap_or_default(), marginal.unwrap_or_default());
        let weights = object.take("group_weights", Some(Weights(BTreeMap::new())), faults);
        let tolerance = object.take("tolerance", Some(or.tolerance), faults);
        let alpha = object.take("alpha", Some(or.alpha), faults);
        object.close(faults);
        let Weights(group_weights) = weights?;
        let (tolerance, alpha) = (tolerance?, alpha?);
        Some(Self { group_weights, tolerance, alpha, ..Self::new(pass?, marginal?) })
    }
}
