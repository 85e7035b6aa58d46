//! A Bayesian view of two rates: an explanation only.
//!
//! These numbers say in plain words what data and prior together say. They are no test: looked at
//! again and again with a flat prior they err as often as an unadjusted p-value does, so that no
//! gate should stand on them.
//!
//! | method | question |
//! |---|---|
//! | [`beta_binomial`] | how probable is it that the candidate's rate is higher, and what is lost if it is not |

mod beta_binomial;

pub use beta_binomial::{BetaBinomialView, BetaPrior, beta_binomial};

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family =
    crate::registry::Family { name: "bayes", methods: &[beta_binomial::METHOD] };
