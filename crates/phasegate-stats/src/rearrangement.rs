//! Tests that rearrange the data, inverted without trying a null value twice.
//!
//! For each rearrangement there is one shift at which its statistic equals the observed one: below
//! that shift it is less extreme, above it more (seen from `greater`). All answers are counts of
//! those shifts.

use crate::error::Error;
use crate::math::to_count;
use crate::outcome::{Alternative, Note, Outcome, Question, Sample};

/// Up to this many rearrangements all are tried, and nothing is drawn.
pub(crate) const ENUMERATED: u64 = 200_000;

/// The shifts at which rearrangements tie with the data.
#[derive(Debug, Clone, Default)]
pub(crate) struct TyingShifts {
    shifts: Vec<f64>,
    /// Rearrangements that change nothing: as extreme as the data at every shift.
    unchanged: u64,
    /// Shifts nearer to each other than this differ by rounding alone.
    slack: f64,
    /// Whether all rearrangements were tried; the data are one of them. Else they count as one more
    /// (Phipson and Smyth 2010).
    complete: bool,
}

impl TyingShifts {
    /// For values of this size in absolute terms.
    pub(crate) fn new(size: f64, complete: bool) -> Self {
        Self { slack: 1e-11 * size, complete, ..Self::default() }
    }

    pub(crate) fn push(&mut self, shift: f64) {
        self.shifts.push(shift);
    }

    pub(crate) fn push_unchanged(&mut self) {
        self.unchanged += 1;
    }

    fn all(&self) -> f64 {
        (self.shifts.len() as u64 + self.unchanged + u64::from(!self.complete)) as f64
    }

    fn share(&self, hits: usize) -> f64 {
        (hits as u64 + self.unchanged + u64::from(!self.complete)) as f64 / self.all()
    }

    /// p for this shift under the null hypothesis.
    fn p(&self, null: f64, alternative: Alternative) -> f64 {
        let up_to = || self.shifts.iter().filter(|shift| **shift <= null + self.slack).count();
        let from = || self.shifts.iter().filter(|shift| **shift >= null - self.slack).count();
        match alternative {
            Alternative::TwoSided => (2.0 * self.share(up_to().min(from()))).min(1.0),
            Alternative::Less => self.share(from()),
            Alternative::Greater => self.share(up_to()),
        }
    }

    /// How many of the least shifts a one-sided test at `alpha` rejects; none where the smallest
    /// possible p is above it.
    fn cut(&self, alpha: f64) -> Option<usize> {
        // A share that is alpha but for rounding rejects.
        let hits = alpha * self.all() * (1.0 + 1e-12);
        let spare = to_count(hits).checked_sub(self.unchanged + u64::from(!self.complete))?;
        usize::try_from(spare).ok()
    }

    /// The whole answer, for a difference that is observed.
    pub(crate) fn outcome(
        mut self,
        method: &'static str,
        observed: f64,
        null: f64,
        question: &Question,
        sample: Sample,
    ) -> Result<Outcome, Error> {
        let p = self.p(null, question.alternative);
        self.shifts.sort_unstable_by(f64::total_cmp);
        let (shifts, last) = (&self.shifts, self.shifts.len());
        let interval = question.alpha.interval(
            question.alternative,
            (f64::NEG_INFINITY, f64::INFINITY),
            |alpha| {
                let cut = self.cut(alpha).and_then(|cut| shifts.get(cut));
                Ok(cut.copied().unwrap_or(f64::NEG_INFINITY))
            },
            |alpha| {
                let cut = self.cut(alpha).and_then(|cut| last.checked_sub(cut + 1));
                Ok(cut.and_then(|cut| shifts.get(cut)).copied().unwrap_or(f64::INFINITY))
            },
        )?;
        let mut notes = vec![if self.complete { Note::Conservative } else { Note::Randomized }];
        if interval.lower.is_infinite() && interval.upper.is_infinite() {
            notes.push(Note::Unbounded);
        }
        Ok(Outcome {
            estimate: Some(observed),
            interval: Some(interval),
            null: Some(null),
            statistic: Some(observed - null),
            notes,
            ..Outcome::new(method, question.alternative, sample)
        }
        .with_p(p))
    }
}
