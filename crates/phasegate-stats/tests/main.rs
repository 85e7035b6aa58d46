//! What the statistics promise, against numbers from elsewhere and against laws.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the message")]
#![expect(clippy::print_stdout, reason = "measured levels and errors are shown with --nocapture")]
#![expect(clippy::float_cmp, reason = "exact results are compared exactly")]

mod calibration;
mod counts;
mod distributions;
mod means;
mod quantiles;
mod reference;
mod summaries;
