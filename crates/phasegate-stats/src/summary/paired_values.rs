//! All values of two versions on the same items.

use crate::error::Error;
use crate::summary::bytes::{Reader, Writer, malformed};
use crate::summary::{Pair, SortedRun, Summary};

/// All pairs of values, in a stable order, with the order of each version's values: what methods on
/// quantiles of pairs read.
///
/// ```
/// use phasegate_stats::summary::{Pair, PairedValues, Summary as _};
///
/// let mut latency = PairedValues::default();
/// latency.update(Pair { baseline: 3.0, candidate: 30.0 })?;
/// latency.update(Pair { baseline: 1.0, candidate: 40.0 })?;
/// assert_eq!(latency.baseline().values(), [1.0, 3.0]);
/// assert_eq!(latency.candidate().values(), [30.0, 40.0]);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<(f64, f64)>", into = "Vec<(f64, f64)>")
)]
pub struct PairedValues {
    /// By baseline, then by candidate.
    pairs: Vec<(f64, f64)>,
    baseline: SortedRun,
    candidate: SortedRun,
}

impl From<PairedValues> for Vec<(f64, f64)> {
    fn from(values: PairedValues) -> Self {
        values.pairs
    }
}

impl TryFrom<Vec<(f64, f64)>> for PairedValues {
    type Error = Error;

    /// In any order.
    fn try_from(mut pairs: Vec<(f64, f64)>) -> Result<Self, Error> {
        for (baseline, candidate) in &mut pairs {
            // There is one zero, or equal summaries would have different bytes.
            *baseline += 0.0;
            *candidate += 0.0;
        }
        let (baseline, candidate): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        let baseline = SortedRun::try_from(baseline)?;
        let candidate = SortedRun::try_from(candidate)?;
        pairs.sort_unstable_by(|one, other| {
            one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
        });
        Ok(Self { pairs, baseline, candidate })
    }
}

impl PairedValues {
    /// How many pairs were seen.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.pairs.len() as u64
    }

    /// The pairs, by baseline, then by candidate.
    pub(crate) fn pairs(&self) -> &[(f64, f64)] {
        &self.pairs
    }

    /// The baseline's values in ascending order.
    #[must_use]
    pub const fn baseline(&self) -> &SortedRun {
        &self.baseline
    }

    /// The candidate's values in ascending order.
    #[must_use]
    pub const fn candidate(&self) -> &SortedRun {
        &self.candidate
    }

    /// The correlation of the events that each value lies at or below its own version's sample
    /// quantile, from the joint counts; 0 where one of them always holds.
    pub(crate) fn correlation_at(&self, quantile: f64) -> f64 {
        let n = self.pairs.len() as f64;
        let index = crate::math::to_count((n * quantile).ceil()).max(1) - 1;
        let at = |run: &SortedRun| {
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            run.values().get(index).copied().unwrap_or(f64::INFINITY)
        };
        let (limit_b, limit_c) = (at(&self.baseline), at(&self.candidate));
        let (mut below_b, mut below_c, mut both) = (0.0, 0.0, 0.0);
        for (baseline, candidate) in &self.pairs {
            let (b, c) = (*baseline <= limit_b, *candidate <= limit_c);
            below_b += f64::from(u8::from(b));
            below_c += f64::from(u8::from(c));
            both += f64::from(u8::from(b && c));
        }
        let spread = (below_b * (n - below_b)).sqrt() * (below_c * (n - below_c)).sqrt();
        if spread > 0.0 { ((n * both - below_b * below_c) / spread).clamp(-1.0, 1.0) } else { 0.0 }
    }
}

impl Summary for PairedValues {
    type Item = Pair;

    const TAG: [u8; 4] = *b"pgV1";

    fn update(&mut self, pair: Pair) -> Result<(), Error> {
        self.update_slice(&[pair])
    }

    fn update_slice(&mut self, pairs: &[Pair]) -> Result<(), Error> {
        let added: Vec<_> = pairs.iter().map(|pair| (pair.baseline, pair.candidate)).collect();
        self.merge(&Self::try_from(added)?)
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        let mut pairs = self.pairs.clone();
        pairs.extend(&other.pairs);
        *self = Self::try_from(pairs)?;
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.u64(self.count());
        for (baseline, candidate) in &self.pairs {
            to.f64(*baseline).f64(*candidate);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let length = from.length(16)?;
        let pairs = (0..length)
            .map(|_| Ok((from.f64()?, from.f64()?)))
            .collect::<Result<Vec<_>, Error>>()?;
        if !pairs.is_sorted() {
            return Err(malformed("pairs are not in order"));
        }
        Self::try_from(pairs)
    }
}
