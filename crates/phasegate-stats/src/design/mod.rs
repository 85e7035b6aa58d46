//! Before and after the data: what is claimed, how much must be observed, and whether it adds up.
//!
//! | item | question |
//! |---|---|
//! | [`Hypothesis`] | what must a confidence bound lie beyond: better, not worse by a margin, equivalent |
//! | [`Judgement`] | is the claim proved, disproved, or neither, and by how much |
//! | [`power`] | how likely is a proof, how much must be observed, which effect can be seen |
//! | [`multiplicity`] | which of many claims hold at one common error probability |
//! | [`sample_ratio`] | did the arms get the shares of traffic that were declared |
//! | [`cuped`] | how do two means differ once what was known before is taken out |

mod cuped;
mod hypothesis;
mod judgement;
mod sample_ratio;

pub mod multiplicity;
pub mod power;

pub use cuped::{Cuped, cuped};
pub use hypothesis::{Better, Claim, Hypothesis};
pub use judgement::{Conclusion, Judgement};
pub use sample_ratio::{ArmCount, sample_ratio};

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family =
    crate::registry::Family { name: "design", methods: &[sample_ratio::METHOD, cuped::METHOD] };
