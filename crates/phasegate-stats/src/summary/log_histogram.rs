//! Counts of logarithmic buckets, on the scheme of Prometheus native histograms.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, finite};
use crate::summary::bytes::{Reader, Writer, malformed};
use crate::summary::log_bounds::BOUNDS;
use crate::summary::{Summary, add, all_finite};

const FINEST: i8 = 8;
const COARSEST: i8 = -4;

/// A bucket and how many values fell into it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// The lower bound; excluded above zero, included below.
    pub lower: f64,
    /// The upper bound; included above zero, excluded below.
    pub upper: f64,
    /// How many values.
    pub count: u64,
}

/// Counts of values in buckets whose bounds grow by the factor 2^(2^-schema), as in Prometheus
/// native histograms.
///
/// Schema 5 has buckets 2.2 % wide, schema 8 has 0.27 %. Bucket `i` above zero holds the values
/// from factor^(i-1), excluded, to factor^i, included; below zero it is mirrored. Values within the
/// zero threshold share one bucket. Merging is exact and independent of order, and of two schemas
/// the coarser wins.
///
/// Source: Prometheus, "Native histograms" (specification, section "Exponential buckets").
///
/// ```
/// use phasegate_stats::summary::{LogHistogram, Summary as _};
///
/// let mut latency = LogHistogram::new(3, 0.0)?;
/// latency.update_slice(&[1.0, 2.0, 2.05, 0.0])?;
/// let counts: Vec<_> = latency.buckets().map(|bucket| (bucket.upper, bucket.count)).collect();
/// // Bounds are closed above: 1 and 2 end their buckets, 2.05 begins the next.
/// assert_eq!(counts, [(0.0, 1), (1.0, 1), (2.0, 1), (2.1810154653305154, 1)]);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct LogHistogram {
    schema: i8,
    zero_threshold: f64,
    zero: u64,
    positive: BTreeMap<i32, u64>,
    negative: BTreeMap<i32, u64>,
    count: u64,
}

document!(
    LogHistogram {
        schema: i8 = schema,
        zero_threshold: f64 = zero_threshold,
        zero: u64 = zero,
        positive: BTreeMap<i32, u64> = positive,
        negative: BTreeMap<i32, u64> = negative,
    },
    Self::from_buckets
);

impl LogHistogram {
    /// An empty histogram; the schema is from -4 (each bucket spans a factor of 65,536) to 8,
    /// values of at most the threshold count as zero.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for another schema or a negative threshold,
    /// [`ErrorKind::NonFinite`] for such a threshold.
    pub fn new(schema: i8, zero_threshold: f64) -> Result<Self, Error> {
        Self::from_buckets(schema, zero_threshold, 0, BTreeMap::new(), BTreeMap::new())
    }

    /// From buckets that were counted elsewhere: how many values are zero, and how many in each
    /// bucket above and below zero, by index.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); [`ErrorKind::OutOfRange`] for an index beyond the doubles,
    /// [`ErrorKind::TooLarge`] for more values than 64 bits hold.
    pub fn from_buckets(
        schema: i8,
        zero_threshold: f64,
        zero: u64,
        positive: BTreeMap<i32, u64>,
        negative: BTreeMap<i32, u64>,
    ) -> Result<Self, Error> {
        if !(COARSEST..=FINEST).contains(&schema) {
            let message = format!("the schema is {schema}; it must be from {COARSEST} to {FINEST}");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        if finite("the zero threshold", zero_threshold)? < 0.0 {
            let message =
                format!("the zero threshold is {zero_threshold}; it must not be negative");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let (least, greatest) = (index_of(schema, f64::from_bits(1)), index_of(schema, f64::MAX));
        let mut count = zero;
        for (index, bucket) in positive.iter().chain(&negative) {
            if !(least..=greatest).contains(index) {
                let message = format!("bucket {index} of schema {schema} lies beyond all doubles");
                return Err(Error::new(ErrorKind::OutOfRange, message));
            }
            count = add(count, *bucket)?;
        }
        // An empty bucket says nothing, and equal histograms must have equal bytes.
        let without_empty = |buckets: BTreeMap<i32, u64>| {
            buckets.into_iter().filter(|(_, bucket)| *bucket > 0).collect()
        };
        Ok(Self {
            schema,
            zero_threshold: zero_threshold + 0.0,
            zero,
            positive: without_empty(positive),
            negative: without_empty(negative),
            count,
        })
    }

    /// The schema.
    #[must_use]
    pub const fn schema(&self) -> i8 {
        self.schema
    }

    /// How many values were seen.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many values are within the zero threshold.
    #[must_use]
    pub const fn zero(&self) -> u64 {
        self.zero
    }

    /// The buckets above zero that hold values: index and count, by ascending index.
    pub fn positive(&self) -> impl Iterator<Item = (i32, u64)> {
        self.positive.iter().map(|(index, count)| (*index, *count))
    }

    /// The buckets that hold values, in ascending order of the values.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let schema = self.schema;
        let above = self.positive.iter().map(move |(index, count)| Bucket {
            lower: bound(schema, *index - 1),
            upper: bound(schema, *index),
            count: *count,
        });
        let below = self.negative.iter().rev().map(move |(index, count)| Bucket {
            lower: -bound(schema, *index),
            upper: -bound(schema, *index - 1),
            count: *count,
        });
        let zero = Bucket {
            lower: 0.0 - self.zero_threshold,
            upper: self.zero_threshold,
            count: self.zero,
        };
        below.chain((self.zero > 0).then_some(zero)).chain(above)
    }

    /// The bucket of the value of this rank, counted from 1; none beyond the count.
    ///
    /// The value itself lies somewhere within: whoever reports a quantile from a histogram reports
    /// both bounds.
    #[must_use]
    pub fn bucket_of_rank(&self, rank: u64) -> Option<Bucket> {
        let mut seen = 0;
        self.buckets().find(|bucket| {
            seen += bucket.count;
            rank >= 1 && rank <= seen
        })
    }

    /// The same values in the buckets of a coarser schema.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a finer schema or one below -4.
    pub fn coarsened(&self, schema: i8) -> Result<Self, Error> {
        if !(COARSEST..=self.schema).contains(&schema) {
            let message = format!(
                "the schema is {schema}; buckets of schema {} can become those of {COARSEST} to {}",
                self.schema, self.schema
            );
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let shift = self.schema - schema;
        let coarser = |buckets: &BTreeMap<i32, u64>| {
            let mut sums: BTreeMap<i32, u64> = BTreeMap::new();
            for (index, count) in buckets {
                // Bucket i ends at factor^i, and the coarser factor is the old one to the power
                // 2^shift: round the index up.
                *sums.entry(((index - 1) >> shift) + 1).or_default() += count;
            }
            sums
        };
        Ok(Self {
            schema,
            positive: coarser(&self.positive),
            negative: coarser(&self.negative),
            ..*self
        })
    }

    /// Counts finite values, of which there are not too many.
    fn place(&mut self, values: &[f64]) {
        self.count += values.len() as u64;
        let mut positive = Run::default();
        let mut negative = Run::default();
        for value in values {
            if value.abs() <= self.zero_threshold {
                self.zero += 1;
            } else if *value > 0.0 {
                positive.add(index_of(self.schema, *value), &mut self.positive);
            } else {
                negative.add(index_of(self.schema, -value), &mut self.negative);
            }
        }
        positive.flush(&mut self.positive);
        negative.flush(&mut self.negative);
    }
}

/// Counts of neighboring buckets on their way into a histogram, in an array: real values lie within
/// few powers of two, and a lookup for each in the map would be most of the work.
#[derive(Debug, Default)]
struct Run {
    first: i32,
    counts: Vec<u64>,
}

impl Run {
    /// The most buckets that an array spans.
    const SPAN: usize = 4096;

    fn add(&mut self, index: i32, buckets: &mut BTreeMap<i32, u64>) {
        let offset = index.wrapping_sub(self.first).cast_unsigned() as usize;
        if let Some(count) = self.counts.get_mut(offset) {
            *count += 1;
            return;
        }
        self.widen(index, buckets);
    }

    /// Makes room for a bucket that the array does not reach, and counts its value.
    #[cold]
    fn widen(&mut self, index: i32, buckets: &mut BTreeMap<i32, u64>) {
        if self.counts.is_empty() {
            self.first = index;
        }
        let last = self.first + i32::try_from(self.counts.len()).unwrap_or_default() - 1;
        let (first, last) = (self.first.min(index), last.max(index));
        let span = last.abs_diff(first) as usize + 1;
        if span > Self::SPAN {
            *buckets.entry(index).or_default() += 1;
            return;
        }
        // At least doubled, so that values in ascending order do not move the array each time.
        let mut counts = vec![0; (2 * span).min(Self::SPAN)];
        // The room lies on the side on which it was missing.
        let room = if index == first && span > 1 { counts.len() - span } else { 0 };
        let begin = first - i32::try_from(room).unwrap_or_default();
        let old = usize::try_from(self.first - begin).unwrap_or_default();
        for (slot, count) in counts.iter_mut().skip(old).zip(&self.counts) {
            *slot = *count;
        }
        if let Some(count) = counts.get_mut(index.abs_diff(begin) as usize) {
            *count += 1;
        }
        (self.first, self.counts) = (begin, counts);
    }

    fn flush(self, buckets: &mut BTreeMap<i32, u64>) {
        for (index, count) in (self.first..).zip(self.counts) {
            if count > 0 {
                *buckets.entry(index).or_default() += count;
            }
        }
    }
}

/// The upper bound of a bucket, rounded to a double; beyond the largest one, that one, for no value
/// lies above it.
fn bound(schema: i8, index: i32) -> f64 {
    let (fraction, exponent) = if schema >= 0 {
        let within = index.rem_euclid(1 << schema);
        // The remainder is not negative and below 256.
        let step = usize::try_from(within << (FINEST - schema)).unwrap_or_default();
        (BOUNDS.get(step).copied().unwrap_or(0.5), (index >> schema) + 1)
    } else {
        (0.5, (index << -schema) + 1)
    };
    scale_by_power_of_two(fraction, exponent)
}

/// `fraction` * 2^`exponent` for a fraction of at least 1/2 and below 1; the largest double in
/// place of infinity.
fn scale_by_power_of_two(fraction: f64, exponent: i32) -> f64 {
    match exponent {
        1025.. => f64::MAX,
        -1021..=1024 => {
            // 2 * fraction lies in [1, 2): its own exponent field can be replaced.
            let bits = fraction.to_bits() & ((1 << 52) - 1);
            let biased = u64::try_from(exponent - 1 + 1023).unwrap_or_default();
            f64::from_bits(bits | (biased << 52))
        }
        _ => {
            // Below the normal range bounds are cut off, not rounded: a double is then still above,
            // or at most, what it was compared with.
            let digits = fraction.to_bits() & ((1 << 52) - 1) | (1 << 52);
            let shift = u32::try_from(-1021 - exponent).unwrap_or(u32::MAX);
            f64::from_bits(digits.checked_shr(shift).unwrap_or(0))
        }
    }
}

/// For each of 256 equal cells of [1/2, 1) the number of bounds below it.
const BELOW_CELL: [u16; 256] = {
    let mut below = [0; 256];
    let (mut cell, mut bound, mut count) = (0, 0, 0);
    while cell < below.len() {
        // Exact: a cell begins at a multiple of 1/512.
        while bound < BOUNDS.len() && BOUNDS[bound] < 0.5 + cell as f64 / 512.0 {
            bound += 1;
            count += 1;
        }
        below[cell] = count;
        cell += 1;
    }
    below
};

/// The bucket of a positive finite value: the least i with value <= factor^i.
fn index_of(schema: i8, value: f64) -> i32 {
    // value = fraction * 2^exponent with fraction in [1/2, 1).
    let scaled = if value < f64::MIN_POSITIVE { value * 18_014_398_509_481_984.0 } else { value };
    let offset = if value < f64::MIN_POSITIVE { 54 } else { 0 };
    let bits = scaled.to_bits();
    let biased = i32::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
    let exponent = biased - 1022 - offset;
    let fraction = f64::from_bits((bits & ((1 << 52) - 1)) | (1022 << 52));
    if schema >= 0 {
        let stride = 1_usize << (FINEST - schema);
        // The number of bounds of this schema in [1/2, fraction): those below its cell are known,
        // and no cell holds more than two.
        let cell = usize::try_from((bits >> 44) & 0xff).unwrap_or_default();
        let mut fine = usize::from(BELOW_CELL.get(cell).copied().unwrap_or_default());
        while BOUNDS.get(fine).is_some_and(|bound| *bound < fraction) {
            fine += 1;
        }
        let within = i32::try_from(fine.div_ceil(stride)).unwrap_or_default();
        ((exponent - 1) << schema) + within
    } else {
        // 2^(exponent - 1) <= value < 2^exponent; a power of two itself belongs to the bucket that
        // it ends.
        let power = if fraction > 0.5 { exponent } else { exponent - 1 };
        ((power - 1) >> -schema) + 1
    }
}

impl Summary for LogHistogram {
    type Item = f64;

    const TAG: [u8; 4] = *b"pgH1";

    fn update(&mut self, value: f64) -> Result<(), Error> {
        self.update_slice(&[value])
    }

    fn update_slice(&mut self, values: &[f64]) -> Result<(), Error> {
        all_finite(values)?;
        add(self.count, values.len() as u64)?;
        self.place(values);
        Ok(())
    }

    /// Of two schemas the coarser wins; the zero thresholds must be equal.
    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.zero_threshold.total_cmp(&other.zero_threshold).is_ne() {
            let message = format!(
                "histograms with the zero thresholds {} and {} cannot be merged",
                self.zero_threshold, other.zero_threshold
            );
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        let count = add(self.count, other.count)?;
        let schema = self.schema.min(other.schema);
        let mut merged = self.coarsened(schema)?;
        let other = other.coarsened(schema)?;
        for (into, from) in
            [(&mut merged.positive, &other.positive), (&mut merged.negative, &other.negative)]
        {
            for (index, bucket) in from {
                *into.entry(*index).or_default() += bucket;
            }
        }
        merged.zero += other.zero;
        merged.count = count;
        *self = merged;
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.i64(self.schema.into()).f64(self.zero_threshold).u64(self.zero);
        for side in [&self.positive, &self.negative] {
            to.u64(side.len() as u64);
            for (index, count) in side {
                to.i64((*index).into()).u64(*count);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let schema = i8::try_from(from.i64()?).map_err(|_| malformed("the schema is no schema"))?;
        let (zero_threshold, zero) = (from.f64()?, from.u64()?);
        let mut side = || -> Result<BTreeMap<i32, u64>, Error> {
            let mut buckets: BTreeMap<i32, u64> = BTreeMap::new();
            for _ in 0..from.length(16)? {
                let index = i32::try_from(from.i64()?)
                    .map_err(|_| malformed("a bucket lies beyond all doubles"))?;
                if buckets.last_key_value().is_some_and(|(last, _)| *last >= index) {
                    return Err(malformed("buckets are not in order"));
                }
                match from.u64()? {
                    0 => return Err(malformed("a bucket is empty")),
                    count => buckets.insert(index, count),
                };
            }
            Ok(buckets)
        };
        let (positive, negative) = (side()?, side()?);
        Self::from_buckets(schema, zero_threshold, zero, positive, negative)
    }
}
