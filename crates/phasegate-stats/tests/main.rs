//! What the statistics promise, against numbers from elsewhere and against laws.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the message")]
#![expect(clippy::print_stdout, reason = "measured levels and errors are shown with --nocapture")]
#![expect(clippy::float_cmp, reason = "exact results are compared exactly")]

mod anytime;
mod bayes;
mod bootstrap;
mod calibration;
mod calibration_of_looks;
mod claims;
mod counts;
#[cfg(feature = "registry")]
mod degenerate;
mod design;
mod distributions;
mod judge;
mod levels;
mod means;
mod permutations;
mod quantiles;
mod ranks;
mod reference;
#[cfg(feature = "registry")]
mod registry;
mod sequential;
mod sparse_errors;
mod summaries;
mod unconditional;
