//! Impact: what a policy change would have done to decisions that were made already.
//!
//! Every record is replayed on the old and on the new policies. What is counted and told: the
//! outcomes of both, every flip with what decided on each side, other reasons for the same outcome,
//! new errors, records whose logged answer is not the one that the old policies give now (drift),
//! and records that cannot be replayed. Records are held a chunk at a time, and what is told is in
//! the order of the records, whatever the number of threads.

mod allowed;
mod markdown;
mod reader;
mod record;
mod side;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use phasegate::rego::PolicyOptions;
use phasegate::{Digest, Outcome, Timestamp};
use serde::Serialize;

pub use self::allowed::{
    AllowedFlip, AllowedFlips, AllowedFlipsSchema, MAX_BYTES as MAX_ALLOWED_BYTES,
    SCHEMA as ALLOWED_SCHEMA,
};
pub use self::markdown::markdown;
pub use self::reader::{RawRecord, RecordReader};
pub use self::record::{Logged, Unreplayable, Why};
pub use self::side::{Comparison, Deciding, DecidingReason, Key, RulePlace, Side};

use self::allowed::Reviewed;
use self::record::Record;
use self::side::Answer;
use crate::LabError;
use crate::test::in_parallel;

/// How records are replayed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ImpactOptions {
    /// The packages that are asked.
    pub policy: PolicyOptions,
    /// How many records are replayed at once; `None` for as many as there are processors.
    pub parallel: Option<NonZeroUsize>,
    /// The flips that somebody has reviewed.
    pub allowed: Vec<AllowedFlip>,
    /// The moment at which reviews may have expired.
    pub now: Timestamp,
    /// How many findings of each kind are listed at most; all are counted.
    pub most: usize,
}

impl ImpactOptions {
    /// The defaults, at a moment.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        let policy = PolicyOptions::default();
        Self { policy, parallel: None, allowed: Vec::new(), now, most: 10_000 }
    }
}

/// What a policy change does to recorded decisions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Impact {
    /// The old policies.
    pub old_policy: Digest,
    /// The new policies.
    pub new_policy: Digest,
    /// How many records were replayed.
    pub replayed: usize,
    /// How many had which outcomes; all pairs, the old outcome first.
    pub matrix: Vec<Cell>,
    /// How many went from a refusal to an approval without a review.
    pub unreviewed: usize,
    /// Records whose outcome is another.
    pub flips: Listing<Flip>,
    /// Records whose outcome is the same, for other reasons.
    pub reason_changes: Listing<ReasonChange>,
    /// Records with errors of guard or policy that the old policies do not have.
    pub new_errors: Listing<NewErrors>,
    /// Records whose logged answer is not the one that the old policies give.
    pub drift: Listing<Drift>,
    /// Records that cannot be replayed.
    pub unreplayable: Listing<Unreplayable>,
    /// How many of those, by reason.
    pub unreplayable_by: BTreeMap<Why, usize>,
    /// Reviews that no record asked for.
    pub unused_reviews: Vec<AllowedFlip>,
    /// Reviews that have expired and that a record asked for.
    pub expired_reviews: Vec<AllowedFlip>,
}

/// A pair of outcomes and how many records have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cell {
    /// What the old policies decide.
    pub old: Outcome,
    /// What the new policies decide.
    pub new: Outcome,
    /// How many records.
    pub records: usize,
}

/// Findings: all counted, the first ones listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Listing<T> {
    /// How many there are.
    pub count: usize,
    /// The first of them, in the order of the records.
    pub listed: Vec<T>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { count: 0, listed: Vec::new() }
    }
}

impl<T> Listing<T> {
    fn add(&mut self, most: usize, one: impl FnOnce() -> T) {
        self.count += 1;
        if self.listed.len() < most {
            self.listed.push(one());
        }
    }

    /// How many are not listed.
    #[must_use]
    pub fn unlisted(&self) -> usize {
        self.count - self.listed.len()
    }
}

/// A record, by its place and id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordRef {
    /// Its file.
    pub file: String,
    /// The line it begins in, from 1.
    pub line: usize,
    /// Its id: what the record brings along, else the digest of its input.
    pub id: String,
}

/// A record whose outcome is another.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Flip {
    /// The record.
    #[serde(flatten)]
    pub record: RecordRef,
    /// Which way.
    pub kind: FlipKind,
    /// What decided on the old side.
    pub old: Deciding,
    /// What decided on the new side.
    pub new: Deciding,
    /// Why somebody who reviewed it says that it is as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<String>,
}

/// Which way an outcome flips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlipKind {
    /// What was refused is approved.
    RefusalToApproval,
    /// What was approved is refused.
    ApprovalToRefusal,
    /// It is refused in another way.
    OtherRefusal,
}

impl FlipKind {
    /// The kind of two outcomes; `None` when they are the same.
    #[must_use]
    pub fn of(old: Outcome, new: Outcome) -> Option<Self> {
        match (old == Outcome::Promote, new == Outcome::Promote) {
            _ if old == new => None,
            (false, true) => Some(Self::RefusalToApproval),
            (true, _) => Some(Self::ApprovalToRefusal),
            (false, false) => Some(Self::OtherRefusal),
        }
    }
}

/// A record with the same outcome for other reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReasonChange {
    /// The record.
    #[serde(flatten)]
    pub record: RecordRef,
    /// The outcome.
    pub outcome: Outcome,
    /// Codes of reasons and violations that the new policies no longer give.
    pub gone: Vec<Key>,
    /// Codes that only they give.
    pub added: Vec<Key>,
}

/// A record with errors that the old policies do not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NewErrors {
    /// The record.
    #[serde(flatten)]
    pub record: RecordRef,
    /// The errors.
    pub errors: Vec<Key>,
}

/// A record whose logged answer is not the one that the old policies give now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// The record.
    #[serde(flatten)]
    pub record: RecordRef,
    /// What was answered then.
    pub logged: Logged,
    /// What the old policies decide now.
    pub outcome: Outcome,
    /// The codes of its reasons and violations.
    pub keys: Vec<Key>,
}

impl Impact {
    /// Whether no refusal became an approval without a review.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unreviewed == 0
    }
}

/// The outcomes, as the matrix has them.
const OUTCOMES: [Outcome; 4] =
    [Outcome::Promote, Outcome::Hold, Outcome::Reject, Outcome::Rollback];

/// How many records are held at once, and how many bytes of them but for the last one.
const CHUNK_RECORDS: usize = 2_048;
const CHUNK_BYTES: usize = 32 << 20;

/// Replays records on two policy sets.
///
/// `progress` is told how many records have been looked at.
///
/// # Errors
/// What the records' source says, and [`LabError::Usage`] when there is no record that can be
/// replayed: nothing would have been compared.
///
/// ```
/// use phasegate::PolicyFiles;
/// use phasegate_lab::impact::{self, ImpactOptions, RecordReader, Side};
///
/// let side = |limit: &str| {
///     let text = format!("package lifecycle.promotion\n\nallow if input.n < {limit}\n");
///     let files = [("gate.rego".to_owned(), text.into_bytes())].into();
///     Side::load(&PolicyFiles { files, revision: None, roots: None }, &Default::default())
/// };
/// let records = RecordReader::new("inputs", &b"{\"n\": 2}\n{\"n\": 3}\n"[..])?;
/// let options = ImpactOptions::at("2026-03-01T10:00:00Z".parse()?);
/// let records = records.map(|one| one.map_err(|error| panic!("{error}")));
/// let impact = impact::run(&side("3")?, &side("4")?, records, &options, &mut |_| {})?;
/// assert_eq!((impact.replayed, impact.unreviewed), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run(
    old: &Side,
    new: &Side,
    records: impl IntoIterator<Item = Result<RawRecord, LabError>>,
    options: &ImpactOptions,
    progress: &mut dyn FnMut(usize),
) -> Result<Impact, LabError> {
    let mut replay = Replay {
        sides: [old, new],
        options,
        reviewed: Reviewed::new(&options.allowed, options.now),
        matrix: BTreeMap::new(),
        impact: Impact {
            old_policy: old.digest(),
            new_policy: new.digest(),
            replayed: 0,
            matrix: Vec::new(),
            unreviewed: 0,
            flips: Listing::default(),
            reason_changes: Listing::default(),
            new_errors: Listing::default(),
            drift: Listing::default(),
            unreplayable: Listing::default(),
            unreplayable_by: BTreeMap::new(),
            unused_reviews: Vec::new(),
            expired_reviews: Vec::new(),
        },
    };
    let (mut chunk, mut bytes, mut seen) = (Vec::new(), 0, 0);
    for record in records {
        let record = record?;
        bytes += record.text.as_ref().map_or(0, Vec::len);
        chunk.push(record);
        seen += 1;
        if chunk.len() >= CHUNK_RECORDS || bytes >= CHUNK_BYTES {
            replay.chunk(&chunk)?;
            chunk.clear();
            bytes = 0;
            progress(seen);
        }
    }
    replay.chunk(&chunk)?;
    progress(seen);
    replay.finish(seen)
}

struct Replay<'a> {
    sides: [&'a Side; 2],
    options: &'a ImpactOptions,
    reviewed: Reviewed<'a>,
    matrix: BTreeMap<(Outcome, Outcome), usize>,
    impact: Impact,
}

/// A record with the answers of both sides.
type Replayed = (Record, [Answer; 2]);

impl Replay<'_> {
    fn chunk(&mut self, chunk: &[RawRecord]) -> Result<(), LabError> {
        let sides = self.sides;
        let options = self.options;
        let replay = |raw: &RawRecord| -> Result<Replayed, Unreplayable> {
            let record = record::read(raw, &options.policy)?;
            let answers = sides.map(|side| side.answer(&record));
            Ok((record, answers))
        };
        let replayed = in_parallel(chunk, options.parallel, replay)?;
        let mut flips = Vec::new();
        for one in replayed {
            match one {
                Ok(replayed) => flips.extend(self.compare(replayed)),
                Err(unreplayable) => {
                    *self.impact.unreplayable_by.entry(unreplayable.why).or_default() += 1;
                    self.impact.unreplayable.add(options.most, || unreplayable);
                }
            }
        }
        let told = in_parallel(&flips, options.parallel, |flip| flip.explained(sides))?;
        self.impact.flips.listed.extend(told);
        Ok(())
    }

    /// Counts a record; gives its flip back when that is to be listed.
    fn compare(&mut self, (record, answers): Replayed) -> Option<Flipped> {
        let [old, new] = &answers;
        let (impact, most) = (&mut self.impact, self.options.most);
        let named =
            || RecordRef { file: record.file.clone(), line: record.line, id: record.id.clone() };
        impact.replayed += 1;
        *self.matrix.entry((old.outcome, new.outcome)).or_default() += 1;
        let added: Vec<Key> = new.errors.difference(&old.errors).cloned().collect();
        if !added.is_empty() {
            impact.new_errors.add(most, || NewErrors { record: named(), errors: added });
        }
        if let Some(logged) = record.logged.as_ref().filter(|logged| differs(logged, old)) {
            impact.drift.add(most, || Drift {
                record: named(),
                logged: logged.clone(),
                outcome: old.outcome,
                keys: old.keys.iter().cloned().collect(),
            });
        }
        let Some(kind) = FlipKind::of(old.outcome, new.outcome) else {
            if old.keys != new.keys {
                impact.reason_changes.add(most, || ReasonChange {
                    record: named(),
                    outcome: old.outcome,
                    gone: old.keys.difference(&new.keys).cloned().collect(),
                    added: new.keys.difference(&old.keys).cloned().collect(),
                });
            }
            return None;
        };
        let review = self.reviewed.of(&record.id, old.outcome, new.outcome);
        if kind == FlipKind::RefusalToApproval && review.is_none() {
            impact.unreviewed += 1;
        }
        impact.flips.count += 1;
        let reviewed = review.map(|review| review.reason.clone());
        // What the listing has room for is explained and added by the caller.
        let listed = impact.flips.count <= most;
        let named = named();
        listed.then_some(Flipped { named, record, answers, kind, reviewed })
    }

    fn finish(mut self, seen: usize) -> Result<Impact, LabError> {
        if self.impact.replayed == 0 {
            let why = self.impact.unreplayable.listed.first();
            let why =
                why.map(|one| format!("; the first, {}:{}: {}", one.file, one.line, one.message));
            return Err(LabError::usage(format!(
                "none of {seen} records can be replayed, so nothing was compared{}",
                why.unwrap_or_default()
            )));
        }
        let pairs = OUTCOMES.iter().flat_map(|old| OUTCOMES.iter().map(move |new| (*old, *new)));
        let cell = |(old, new)| {
            let records = self.matrix.get(&(old, new)).copied().unwrap_or_default();
            Cell { old, new, records }
        };
        self.impact.matrix = pairs.map(cell).collect();
        self.impact.unused_reviews = self.reviewed.unused();
        self.impact.expired_reviews = self.reviewed.expired();
        Ok(self.impact)
    }
}

/// A flip before it is explained.
struct Flipped {
    named: RecordRef,
    record: Record,
    answers: [Answer; 2],
    kind: FlipKind,
    reviewed: Option<String>,
}

impl Flipped {
    fn explained(&self, [old_side, new_side]: [&Side; 2]) -> Flip {
        let [old, new] = &self.answers;
        let (record, kind) = (&self.record, self.kind);
        let (old, new) = if kind == FlipKind::ApprovalToRefusal {
            let new = new_side.deciding(record, new, None);
            (old_side.deciding(record, old, Some(&new.comparisons)), new)
        } else {
            let old = old_side.deciding(record, old, None);
            let approved = kind == FlipKind::RefusalToApproval;
            let about = approved.then_some(old.comparisons.as_slice());
            let new = new_side.deciding(record, new, about);
            (old, new)
        };
        let (named, reviewed) = (self.named.clone(), self.reviewed.clone());
        Flip { record: named, kind, old, new, reviewed }
    }
}

/// Whether the old policies say something else than what was logged, as far as that tells.
fn differs(logged: &Logged, old: &Answer) -> bool {
    let of = |known: &Option<BTreeSet<String>>, now: &BTreeSet<String>| {
        known.as_ref().is_some_and(|known| known != now)
    };
    logged.approved != (old.outcome == Outcome::Promote)
        || logged.outcome.is_some_and(|outcome| outcome != old.outcome)
        || of(&logged.violations, &old.violations)
        || logged.reasons.as_ref().is_some_and(|reasons| *reasons != old.reasons)
}
