//! Summaries: what is kept of many observations, so that parts may be summed anywhere and merged.
//!
//! Merging is exact and order-independent for counts. For moments it is so within 1e-12 of the
//! value; the same chunks merged in the same order give the same bytes, and
//! [`update_slice`](Summary::update_slice) always cuts at multiples of [`CHUNK`], so that the
//! number of threads never shows.
//!
//! | summary | keeps | of |
//! |---|---|---|
//! | [`Tally`] | successes and trials | yes or no |
//! | [`PairTally`] | the four counts of pairs | yes or no, of both versions |
//! | [`Moments`] | count, mean, squared deviations | a number |
//! | [`PairMoments`] | the same of both, and their products | a number of both versions, or a covariate |
//! | [`ClusterSums`] | count and both sums of each cluster | pairs that come in groups |
//! | [`LogHistogram`] | counts of logarithmic buckets | a number, for quantiles |
//! | [`ClassicHistogram`] | counts of given buckets | a number, as monitoring systems keep it |
//! | [`PairedValues`] | all values of both versions, with their ranks | a number of both versions, for ranks |
//! | [`SortedRun`] | all values, in order | a number, for ranks |
//!
//! Each has a stable binary form ([`Summary::to_bytes`]) and, with the feature `serde`, a document
//! form.

/// The fields of a summary as documents carry them, named as they are there, and the ways there and
/// back; the last argument makes the summary of them, or says what they contradict.
macro_rules! document {
    ($summary:ident { $($key:ident: $form:ty = $field:ident),* $(,)? }, $make:expr) => {
        #[derive(Debug, Clone)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(deny_unknown_fields)
        )]
        struct Parts {
            $($key: $form,)*
        }

        impl From<$summary> for Parts {
            fn from(summary: $summary) -> Self {
                Self { $($key: summary.$field,)* }
            }
        }

        impl TryFrom<Parts> for $summary {
            type Error = Error;

            fn try_from(Parts { $($key,)* }: Parts) -> Result<Self, Error> {
                $make($($key),*)
            }
        }
    };
}

mod bytes;
mod classic_histogram;
mod cluster_sums;
mod log_bounds;
mod log_histogram;
mod moments;
mod order;
mod pair_moments;
mod pair_tally;
mod paired_values;
mod ranked;
mod sorted_run;
mod strata;
mod tally;

pub use bytes::{Reader, Writer};
pub use classic_histogram::ClassicHistogram;
pub use cluster_sums::{ClusterSums, ClusterTotal, ClusteredPair};
pub use log_histogram::{Bucket, LogHistogram};
pub use moments::Moments;
pub use pair_moments::{Pair, PairMoments};
pub use pair_tally::{PairTally, PairedAnswer};
pub use paired_values::PairedValues;
pub use ranked::{Ranked, Run};

pub(crate) use ranked::tied;
pub use sorted_run::SortedRun;
pub use strata::{Combined, Stratum, combine_strata};
pub use tally::Tally;

use crate::error::{Error, ErrorKind};

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family =
    crate::registry::Family { name: "summary", methods: &[strata::METHOD] };

/// How many observations one chunk holds.
pub const CHUNK: usize = 65_536;

/// A mergeable summary.
///
/// A failed update or merge leaves the summary as it was.
pub trait Summary: Sized {
    /// One observation.
    type Item;

    /// The first four bytes of the binary form: the kind and its version.
    const TAG: [u8; 4];

    /// Adds one observation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`] for NaN and infinity; [`ErrorKind::TooLarge`] where a count or a
    /// sum would leave its range.
    fn update(&mut self, item: Self::Item) -> Result<(), Error>;

    /// Adds many observations, cut into chunks that merge in order.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    fn update_slice(&mut self, items: &[Self::Item]) -> Result<(), Error>;

    /// Adds all that another summary has seen.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mismatch`] where the two have different shapes; [`ErrorKind::TooLarge`] where a
    /// count or a sum would leave its range.
    fn merge(&mut self, other: &Self) -> Result<(), Error>;

    /// Writes the fields.
    fn write(&self, to: &mut Writer);

    /// Reads the fields.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Malformed`], or what the fields contradict.
    fn read(from: &mut Reader<'_>) -> Result<Self, Error>;

    /// The stable binary form: equal summaries have equal bytes on every machine.
    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(Self::TAG);
        self.write(&mut writer);
        writer.finish()
    }

    /// From the stable binary form.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Malformed`] for other bytes, [`ErrorKind::Inconsistent`] or
    /// [`ErrorKind::NonFinite`] for fields that no summary has.
    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, Self::TAG)?;
        let summary = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(summary)
    }
}

/// All of these values are finite.
fn all_finite(values: &[f64]) -> Result<(), Error> {
    // Zero times anything finite is zero; the sum in lanes is one fast pass.
    if moments::lanes(values, |value| value * 0.0) == 0.0 {
        return Ok(());
    }
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((index, value)) => {
            let message = format!("value {index} is `{value}`; it must be finite");
            Err(Error::new(ErrorKind::NonFinite, message))
        }
    }
}

#[cold]
fn overflow() -> Error {
    Error::new(ErrorKind::TooLarge, "a count leaves the range of 64 bits")
}

fn add(a: u64, b: u64) -> Result<u64, Error> {
    a.checked_add(b).ok_or_else(overflow)
}
