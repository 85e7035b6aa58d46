//! Many tests at one common error probability.
//!
//! When any of several tests may raise an alarm (any segment, any trigger), each at 5 %, one of
//! twenty does so although nothing is wrong. These procedures adjust the p-values, so that each may
//! be held against the common error probability. An AND over tests needs none of them.
//!
//! | procedure | controls | needs |
//! |---|---|---|
//! | [`bonferroni`] | the chance of any false rejection | nothing |
//! | [`holm`] | the same, rejects more | nothing |
//! | [`hochberg`] | the same, rejects more yet | independent or positively dependent tests |
//! | [`benjamini_hochberg`] | the expected share of false ones among the rejections | the same |
//! | [`benjamini_yekutieli`] | the same | nothing |
//! | [`fixed_sequence`] | the chance of any false rejection | an order that was declared before |
//!
//! All work on logarithms, so that p-values beyond the range of doubles keep their order. Answers
//! come in the order of the questions, under their names.

mod benjamini_hochberg;
mod benjamini_yekutieli;
mod bonferroni;
mod fixed_sequence;
mod hochberg;
mod holm;

pub use benjamini_hochberg::benjamini_hochberg;
pub use benjamini_yekutieli::benjamini_yekutieli;
pub use bonferroni::bonferroni;
pub use fixed_sequence::fixed_sequence;
pub use hochberg::hochberg;
pub use holm::holm;

use crate::error::{Error, ErrorKind};
use crate::math::{exp, ln};
use crate::outcome::{Alpha, Outcome};

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family = crate::registry::Family {
    name: "multiplicity",
    methods: &[
        bonferroni::METHOD,
        holm::METHOD,
        hochberg::METHOD,
        benjamini_hochberg::METHOD,
        benjamini_yekutieli::METHOD,
        fixed_sequence::METHOD,
    ],
};

/// A test with its name and its p-value.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    name: String,
    ln_p: f64,
}

impl Tested {
    /// Of a p-value from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] otherwise; one p that is no number spoils the whole family.
    pub fn of_p(name: impl Into<String>, p: f64) -> Result<Self, Error> {
        let name = name.into();
        if (0.0..=1.0).contains(&p) {
            return Ok(Self { name, ln_p: ln(p) });
        }
        let message = format!("the p-value of `{name}` is {p}; it must be from 0 to 1");
        Err(Error::new(ErrorKind::OutOfRange, message))
    }

    /// Of the logarithm of a p-value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless it is at most 0.
    pub fn of_ln_p(name: impl Into<String>, ln_p: f64) -> Result<Self, Error> {
        let name = name.into();
        if ln_p <= 0.0 {
            return Ok(Self { name, ln_p });
        }
        let message =
            format!("the logarithm of the p-value of `{name}` is {ln_p}; it is at most 0");
        Err(Error::new(ErrorKind::OutOfRange, message))
    }

    /// Of what a method says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mismatch`] for a method that gives no p-value.
    pub fn of(name: impl Into<String>, outcome: &Outcome) -> Result<Self, Error> {
        let name = name.into();
        let Some(ln_p) = outcome.ln_p else {
            let message = format!("`{}` gives no p-value for `{name}`", outcome.method);
            return Err(Error::new(ErrorKind::Mismatch, message));
        };
        Self::of_ln_p(name, ln_p)
    }
}

#[cfg(feature = "registry")]
crate::registry::object! {
    Tested "test" as r#"{"name": text, "p": probability}"#;
    { name: String, p: f64 } => Tested::of_p(name, p)
}

#[cfg(feature = "registry")]
impl crate::registry::ItemField for Tested {
    const MANY: &'static str = "tests";
    const ARRAY: &'static str = r#"[{"name": text, "p": probability}, ...]"#;
}

/// A test after the adjustment.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Adjusted {
    /// The name of the test.
    pub name: String,
    /// The logarithm of its own p-value.
    pub ln_p: f64,
    /// The adjusted p-value: the smallest common error probability at which it is rejected.
    pub adjusted_p: f64,
    /// The logarithm of the adjusted p-value.
    pub ln_adjusted_p: f64,
    /// Whether its null hypothesis is rejected: whether the adjusted p-value is below the common
    /// error probability.
    pub is_rejected: bool,
}

impl Adjusted {
    fn new(test: &Tested, ln_adjusted_p: f64, alpha: Alpha) -> Self {
        // An adjustment never lets p fall, whatever rounding does.
        let ln_adjusted_p = ln_adjusted_p.clamp(test.ln_p, 0.0);
        let adjusted_p = exp(ln_adjusted_p);
        Self {
            name: test.name.clone(),
            ln_p: test.ln_p,
            adjusted_p,
            ln_adjusted_p,
            is_rejected: adjusted_p < alpha.get(),
        }
    }
}

/// The positions in ascending order of p.
fn ascending(tests: &[Tested]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by(|a, b| tests[*a].ln_p.total_cmp(&tests[*b].ln_p));
    order
}

/// From the smallest p upward, each at least what the ones before it are.
fn step_down(tests: &[Tested], alpha: Alpha, factor: impl Fn(usize) -> f64) -> Vec<Adjusted> {
    let order = ascending(tests);
    stepped(tests, alpha, order.into_iter().enumerate(), f64::NEG_INFINITY, f64::max, factor)
}

/// From the largest p downward, each at most what the ones after it are.
fn step_up(tests: &[Tested], alpha: Alpha, factor: impl Fn(usize) -> f64) -> Vec<Adjusted> {
    let order = ascending(tests);
    stepped(tests, alpha, order.into_iter().enumerate().rev(), 0.0, f64::min, factor)
}

/// Each p times the factor of its rank, which counts from 0, made monotone along the walk.
fn stepped(
    tests: &[Tested],
    alpha: Alpha,
    walk: impl Iterator<Item = (usize, usize)>,
    start: f64,
    worse: impl Fn(f64, f64) -> f64,
    factor: impl Fn(usize) -> f64,
) -> Vec<Adjusted> {
    let mut adjusted = vec![0.0; tests.len()];
    let mut last = start;
    for (rank, at) in walk {
        last = worse(last, tests[at].ln_p + ln(factor(rank)));
        adjusted[at] = last;
    }
    tests.iter().zip(adjusted).map(|(test, ln_p)| Adjusted::new(test, ln_p, alpha)).collect()
}
