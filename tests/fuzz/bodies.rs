//! What a fuzzer does with bytes: each body reads them as one kind of input and panics when a
//! promise is broken. The same bodies run as property tests on stable, beside the readers' tests.

use std::collections::BTreeMap;

use phasegate_core::observations::{
    GoldFormat, MAX_OBSERVATIONS_BYTES, Observations, RawGold, RawLog, RowFormat, SourceRole,
};
use phasegate_core::plan::{MAX_PLAN_BYTES, Plan, RUNBOOK};
use phasegate_core::read::Format;
use phasegate_core::rows::RowFold;
use phasegate_core::{canonical, document};
use phasegate_sources::{gold, rows};

/// A plan that is read has a canonical form, which reads as the same plan.
pub(crate) fn plan(bytes: &[u8]) {
    for format in [Format::Json, Format::Yaml] {
        let Ok(plan) = document::read::<Plan>(bytes, format, MAX_PLAN_BYTES) else { continue };
        let text = canonical::to_bytes(&plan).expect("what was read is canonical");
        let again = document::read(&text, Format::Json, MAX_PLAN_BYTES);
        assert_eq!(again.as_ref(), Ok(&plan));
    }
}

/// The same of observations.
pub(crate) fn observations(bytes: &[u8]) {
    for format in [Format::Json, Format::Yaml] {
        let read = document::read::<Observations>(bytes, format, MAX_OBSERVATIONS_BYTES);
        let Ok(seen) = read else { continue };
        let text = canonical::to_bytes(&seen).expect("what was read is canonical");
        let again = document::read(&text, Format::Json, MAX_OBSERVATIONS_BYTES);
        assert_eq!(again.as_ref(), Ok(&seen));
    }
}

/// A log is read whole or refused, in bounded memory, and what it comes to is canonical.
pub(crate) fn log(format: RowFormat, bytes: &[u8]) {
    let plan: Plan = document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES)
        .expect("the runbook is a plan");
    let log = RawLog {
        path: "log".to_owned(),
        format: Some(format),
        compression: None,
        arm: None,
        phase: None,
    };
    let mut fold = RowFold::new(&plan, None);
    let read = rows::from_reader(&log, bytes, 0, &plan, &mut fold);
    // After a refusal the fold holds the rows before it.
    if let Ok(folded) = fold.finish() {
        canonical::to_bytes(&folded.phases).expect("what was summed up is finite");
    }
    if let Ok(source) = read {
        assert!(source.bad_rows <= source.rows);
    }
}

/// Gold-set results of one tool, or of the one that they look like.
pub(crate) fn gold(format: Option<GoldFormat>, bytes: &[u8]) {
    let raw = RawGold {
        path: "gold".to_owned(),
        arm: SourceRole::Candidate,
        format,
        select: BTreeMap::new(),
    };
    if let Ok((run, _)) = gold::from_bytes(&raw, bytes) {
        assert!(run.cases.is_sorted_by(|one, other| one.id < other.id), "cases are in order");
        assert!(run.cases.iter().all(|case| !case.answers.is_empty()), "cases have answers");
        canonical::to_bytes(&run).expect("scores are finite");
    }
}
