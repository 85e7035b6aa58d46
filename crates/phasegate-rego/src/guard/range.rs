//! What an input schema says of a value beyond its type.

use std::fmt;

use serde::Serialize;
use serde_json::{Number, Value as Json};

/// The values an input schema allows, among those of the right type.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Range {
    /// The least number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
    /// The greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
    /// A number that all must be above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_minimum: Option<Number>,
    /// A number that all must be below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_maximum: Option<Number>,
    /// Whether numbers must be whole.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub integer: bool,
    /// The only values there are; empty when any will do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Json>,
}

impl Range {
    pub(super) fn is_unbounded(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a value lies in the range; bounds concern numbers alone.
    pub(super) fn holds(&self, value: &Json) -> bool {
        if !self.one_of.is_empty() && !self.one_of.iter().any(|one| same(one, value)) {
            return false;
        }
        let Some(number) = value.as_f64() else { return true };
        let bound = |bound: &Option<Number>| bound.as_ref().and_then(Number::as_f64);
        bound(&self.minimum).is_none_or(|least| number >= least)
            && bound(&self.maximum).is_none_or(|greatest| number <= greatest)
            && bound(&self.exclusive_minimum).is_none_or(|below| number > below)
            && bound(&self.exclusive_maximum).is_none_or(|above| number < above)
            && (!self.integer || number.fract() == 0.0)
    }

    /// What two schemas both allow, as far as one range can say it: the second's word where both
    /// speak of the same bound.
    pub(super) fn and(mut self, other: Self) -> Self {
        let tighter =
            |mine: Option<Number>, theirs: Option<Number>, greater: bool| match (mine, theirs) {
                (Some(a), Some(b)) => {
                    let keep_mine = (a.as_f64() > b.as_f64()) == greater;
                    Some(if keep_mine { a } else { b })
                }
                (a, b) => a.or(b),
            };
        self.minimum = tighter(self.minimum, other.minimum, true);
        self.maximum = tighter(self.maximum, other.maximum, false);
        self.exclusive_minimum = tighter(self.exclusive_minimum, other.exclusive_minimum, true);
        self.exclusive_maximum = tighter(self.exclusive_maximum, other.exclusive_maximum, false);
        self.integer |= other.integer;
        if self.one_of.is_empty() {
            self.one_of = other.one_of;
        } else if !other.one_of.is_empty() {
            self.one_of.retain(|one| other.one_of.iter().any(|theirs| same(one, theirs)));
        }
        self
    }
}

/// Equality as JSON has it: `1` and `1.0` are one number.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.integer {
            parts.push("integer".to_owned());
        }
        for (sign, bound) in [
            (">=", &self.minimum),
            (">", &self.exclusive_minimum),
            ("<=", &self.maximum),
            ("<", &self.exclusive_maximum),
        ] {
            if let Some(bound) = bound {
                parts.push(format!("{sign} {bound}"));
            }
        }
        if let [only] = self.one_of.as_slice() {
            parts.push(format!("exactly {only}"));
        } else if !self.one_of.is_empty() {
            let values: Vec<String> = self.one_of.iter().map(Json::to_string).collect();
            parts.push(format!("one of {}", values.join(", ")));
        }
        f.write_str(&parts.join(", "))
    }
}
