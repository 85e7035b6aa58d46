//! Results of tests, written for people and programs.

mod github;
mod json;
mod junit;
mod pretty;
#[cfg(test)]
mod values;

pub use self::github::github;
pub use self::json::json;
pub use self::junit::junit;
pub use self::pretty::{PrettyOptions, pretty};
