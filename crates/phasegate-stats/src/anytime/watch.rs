//! What was seen of a watched question, and the strongest evidence so far.

use crate::anytime::Target;
use crate::error::{Error, ErrorKind};
use crate::outcome::{Interval, Note, Outcome, Sides};
use crate::summary::Summary;

/// A method that may be asked at any time.
pub trait Sequence {
    /// What it needs to know of the observations.
    type Seen: Summary;

    /// The method's name and the version of its state, as documents carry them.
    const FORM: &'static str;

    /// One look, without memory of those before.
    ///
    /// # Errors
    ///
    /// Those of the method.
    fn look(&self, seen: &Self::Seen, target: &Target) -> Result<Outcome, Error>;
}

/// A question that is watched: its target, what was seen so far, and the strongest evidence of all
/// looks.
///
/// Observations enter one by one, in slices, or already summed elsewhere
/// ([`absorb`](Self::absorb)), and are folded into a mergeable summary. A
/// [`look`](Self::look) asks the method and remembers: its p is the smallest of all looks and its
/// interval what all looks agree on, so that neither gets weaker again, while `ln_e` is the
/// evidence now. Looking more often never makes an answer wrong.
///
/// It is one value, with the feature `serde` a document: stored and read again between any two
/// observations nothing changes. A new phase is a new watch.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Bernoulli, Target, Watch};
/// use phasegate_stats::summary::Tally;
///
/// let harm = Target::new(Question::greater_than(0.10), 500)?;
/// let mut errors = Watch::new(Bernoulli {}, harm, Tally::default());
/// for request in 0..200 {
///     errors.update(request % 4 == 0)?;
/// }
/// let fired = errors.look()?.p.unwrap();
/// assert!(fired < 0.001);
/// errors.absorb(&Tally::new(0, 2000)?)?;
/// // What has fired has fired.
/// assert_eq!(errors.look()?.p, Some(fired));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "Parts<S, S::Seen>",
        into = "Parts<S, S::Seen>",
        bound(
            serialize = "S: Clone + serde::Serialize, S::Seen: Clone + serde::Serialize",
            deserialize = "S: serde::Deserialize<'de>, S::Seen: serde::Deserialize<'de>"
        )
    )
)]
pub struct Watch<S: Sequence> {
    sequence: S,
    target: Target,
    seen: S::Seen,
    best: Best,
}

/// The strongest evidence of all looks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
struct Best {
    ln_e: f64,
    /// Absent before a look has bounded it.
    lower: Option<f64>,
    upper: Option<f64>,
}

/// The fields as documents carry them.
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
struct Parts<S, T> {
    form: String,
    target: Target,
    sequence: S,
    seen: T,
    best: Best,
}

impl<S: Sequence> From<Watch<S>> for Parts<S, S::Seen> {
    fn from(watch: Watch<S>) -> Self {
        let Watch { sequence, target, seen, best } = watch;
        Self { form: S::FORM.to_owned(), target, sequence, seen, best }
    }
}

impl<S: Sequence> TryFrom<Parts<S, S::Seen>> for Watch<S> {
    type Error = Error;

    fn try_from(parts: Parts<S, S::Seen>) -> Result<Self, Error> {
        let Parts { form, target, sequence, seen, best } = parts;
        if form != S::FORM {
            let message = format!("the state is of the form `{form}`, not of `{}`", S::FORM);
            return Err(Error::new(ErrorKind::Malformed, message));
        }
        let is_finite = |end: Option<f64>| end.is_none_or(f64::is_finite);
        let is_evidence = best.ln_e >= 0.0 && best.ln_e.is_finite();
        if !(is_evidence && is_finite(best.lower) && is_finite(best.upper)) {
            let message = "the strongest evidence is not a finite number above or at 0";
            return Err(Error::new(ErrorKind::Inconsistent, message));
        }
        Ok(Self { sequence, target, seen, best })
    }
}

impl<S: Sequence> Watch<S> {
    /// Nothing looked at yet; `seen` is an empty summary, or one of what came before.
    pub fn new(sequence: S, target: Target, seen: S::Seen) -> Self {
        Self { sequence, target, seen, best: Best::default() }
    }

    /// The method with what it knows beforehand.
    pub const fn sequence(&self) -> &S {
        &self.sequence
    }

    /// What is watched for.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// What was seen so far.
    pub const fn seen(&self) -> &S::Seen {
        &self.seen
    }

    /// Adds one observation.
    ///
    /// # Errors
    ///
    /// As [`Summary::update`]; the watch is then as it was.
    pub fn update(&mut self, item: <S::Seen as Summary>::Item) -> Result<(), Error> {
        self.seen.update(item)
    }

    /// Adds many observations.
    ///
    /// # Errors
    ///
    /// As [`Summary::update_slice`]; the watch is then as it was.
    pub fn update_slice(&mut self, items: &[<S::Seen as Summary>::Item]) -> Result<(), Error> {
        self.seen.update_slice(items)
    }

    /// Adds observations that were summed elsewhere.
    ///
    /// # Errors
    ///
    /// As [`Summary::merge`]; the watch is then as it was.
    pub fn absorb(&mut self, summed: &S::Seen) -> Result<(), Error> {
        self.seen.merge(summed)
    }

    /// Looks: the evidence now, the smallest p so far, and the interval that all looks agree on.
    ///
    /// Where no value agrees with all of them, what is watched has moved; the interval is then that
    /// of this look alone, with the note [`Moved`](Note::Moved).
    ///
    /// # Errors
    ///
    /// Those of the method; nothing is remembered then.
    pub fn look(&mut self) -> Result<Outcome, Error> {
        let outcome = self.sequence.look(&self.seen, &self.target)?;
        Ok(self.best.after(outcome))
    }
}

impl Best {
    fn after(&mut self, outcome: Outcome) -> Outcome {
        let ln_e = outcome.ln_e.unwrap_or(0.0);
        self.ln_e = self.ln_e.max(ln_e);
        let mut notes = outcome.notes.clone();
        let interval = outcome.interval.map(|now| {
            if now.sides != Sides::Upper && now.lower.is_finite() {
                self.lower = Some(self.lower.map_or(now.lower, |lower| lower.max(now.lower)));
            }
            if now.sides != Sides::Lower && now.upper.is_finite() {
                self.upper = Some(self.upper.map_or(now.upper, |upper| upper.min(now.upper)));
            }
            let agreed = Interval {
                lower: self.lower.unwrap_or(now.lower),
                upper: self.upper.unwrap_or(now.upper),
                ..now
            };
            if agreed.lower > agreed.upper {
                notes.push(Note::Moved);
                return now;
            }
            if !agreed.is_unbounded() {
                notes.retain(|note| *note != Note::Unbounded);
            }
            agreed
        });
        Outcome { interval, notes, ln_e: Some(ln_e), ..outcome.with_ln_e(self.ln_e) }
    }
}
