//! Exit codes: one per outcome, so that a script can tell a hold from a refusal from a failure.

use std::process::ExitCode;

use phasegate::Outcome;

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command did what it was asked; for `decide`: promote.
    Ok,
    /// `check`, `mutate`, `boundaries` or `impact` found something; `eval --fail` found the query
    /// undefined, `--fail-defined` found it defined; `test` was called in a way, or for policies,
    /// that it cannot work with; `stats` refused a line.
    Found,
    /// A test did not pass, or too little was covered.
    TestFailed,
    /// No decision could be made: usage, unreadable input, a policy set that does not load.
    NoDecision,
    /// Hold.
    Hold,
    /// Reject.
    Reject,
    /// Rollback.
    Rollback,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Found => 1,
            Exit::NoDecision | Exit::TestFailed => 2,
            Exit::Hold => 3,
            Exit::Reject => 4,
            Exit::Rollback => 5,
        })
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Promote => Self::Ok,
            Outcome::Hold => Self::Hold,
            Outcome::Reject => Self::Reject,
            Outcome::Rollback => Self::Rollback,
        }
    }
}
