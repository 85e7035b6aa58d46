//! Summaries: any partition merged equals one pass, and the stable form comes back.

use phasegate_stats::ErrorKind;
use phasegate_stats::summary::{
    Bucket, CHUNK, ClassicHistogram, ClusterSums, ClusteredPair, LogHistogram, Moments, Pair,
    PairMoments, PairTally, PairedAnswer, PairedValues, SortedRun, Stratum, Summary, Tally,
    combine_strata,
};
use proptest::prelude::*;

fn relative(got: f64, want: f64) -> f64 {
    if got == want { 0.0 } else { ((got - want) / want).abs() }
}

/// A hundred thousand values near 1e8 with a spread of 100, and others that follow them.
fn pairs() -> Vec<Pair> {
    (0..100_000_u64)
        .map(|i| {
            let x = 1e8 + (i * 7919 % 1000) as f64 / 10.0;
            Pair { baseline: x, candidate: 3.0 * x / 1e8 + (i * 104_729 % 977) as f64 / 100.0 }
        })
        .collect()
}

/// Python 3.11: exact rational arithmetic (`fractions.Fraction`) on the doubles of `pairs`.
#[test]
fn moments_agree_with_exact_arithmetic() {
    let pairs = pairs();
    let mut sums = PairMoments::default();
    sums.update_slice(&pairs).unwrap();
    for (what, got, want, tolerance) in [
        ("mean of x", sums.baseline().mean().unwrap(), 100000049.95, 1e-15),
        ("squares of x", sums.baseline().sum_of_squared_deviations(), 83333250.0000596, 1e-13),
        ("mean of y", sums.candidate().mean().unwrap(), 7.8797367985, 1e-15),
        ("squares of y", sums.candidate().sum_of_squared_deviations(), 795455.7865198182, 1e-13),
    ] {
        let error = relative(got, want);
        assert!(error <= tolerance, "{what}: {got:e}, exactly {want:e}, off by {error:e}");
    }
    // The two are nearly independent: the products cancel, and are as good as the squares they are
    // bounded by.
    let scale = (sums.baseline().sum_of_squared_deviations()
        * sums.candidate().sum_of_squared_deviations())
    .sqrt();
    assert!((sums.sum_of_products_of_deviations() - 441.70349766633075).abs() <= 1e-14 * scale);
    let mut one_by_one = PairMoments::default();
    for pair in &pairs {
        one_by_one.update(*pair).unwrap();
    }
    let error = relative(
        one_by_one.candidate().sum_of_squared_deviations(),
        sums.candidate().sum_of_squared_deviations(),
    );
    assert!(error <= 1e-12, "{error:e}");
}

/// Whoever cuts the input at multiples of a chunk, and merges in order, gets the same bytes.
#[test]
fn chunks_hide_the_number_of_threads() {
    let values: Vec<f64> = (0..300_000).map(|i| (f64::from(i) * 0.37).sqrt() + 1e6).collect();
    let mut once = Moments::default();
    once.update_slice(&values).unwrap();
    let mut merged = Moments::default();
    for part in values.chunks(CHUNK) {
        let mut own = Moments::default();
        own.update_slice(part).unwrap();
        merged.merge(&own).unwrap();
    }
    assert_eq!(once.to_bytes(), merged.to_bytes());
}

/// The bytes are what they were: a summary written today is read by every later version.
#[test]
fn the_binary_form_is_stable() {
    let hex = |bytes: Vec<u8>| {
        use std::fmt::Write as _;
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    };
    assert_eq!(
        hex(Tally::new(1, 258).unwrap().to_bytes()),
        "7067543101000000000000000201000000000000"
    );
    assert_eq!(
        hex(Moments::from_parts(2, 1.5, 0.5).unwrap().to_bytes()),
        "70674d310200000000000000000000000000f83f000000000000e03f"
    );
    let mut clusters = ClusterSums::default();
    let pair = Pair { baseline: -0.0, candidate: 1.0 };
    clusters.update(ClusteredPair { cluster: "a".into(), pair }).unwrap();
    assert_eq!(
        hex(clusters.to_bytes()),
        concat!(
            "70674731",
            "0100000000000000",
            "0100000000000000",
            "61",
            "0100000000000000",
            "0000000000000000",
            "000000000000f03f",
        )
    );
}

#[test]
fn what_is_not_finite_is_refused_and_changes_nothing() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut moments = Moments::from_parts(3, 2.0, 1.0).unwrap();
        let before = moments;
        assert_eq!(moments.update(bad).unwrap_err().kind(), ErrorKind::NonFinite);
        let error = moments.update_slice(&[1.0, bad]).unwrap_err();
        assert_eq!(error.to_string(), format!("value 1 is `{bad}`; it must be finite"));
        assert_eq!(moments, before);
        let mut histogram = LogHistogram::new(5, 0.0).unwrap();
        assert_eq!(histogram.update(bad).unwrap_err().kind(), ErrorKind::NonFinite);
        assert_eq!(histogram.count(), 0);
        let mut run = SortedRun::default();
        assert!(run.update(bad).is_err() && run.update_slice(&[bad]).is_err());
        let mut pairs = PairMoments::default();
        assert!(pairs.update(Pair { baseline: 1.0, candidate: bad }).is_err());
        let mut classic = ClassicHistogram::new(&[1.0]).unwrap();
        assert!(classic.update(bad).is_err() && ClassicHistogram::new(&[bad]).is_err());
    }
    // Squares beyond the doubles are an error, not infinity.
    let mut moments = Moments::default();
    assert_eq!(moments.update_slice(&[1e300, -1e300]).unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(moments.update_slice(&[f64::MAX; 9]).unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(moments, Moments::default());
    let mut tally = Tally::new(0, u64::MAX).unwrap();
    assert_eq!(tally.update(true).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn buckets_end_where_the_scheme_says() {
    for schema in -4..=8_i8 {
        let mut sums = LogHistogram::new(schema, 0.0).unwrap();
        // Powers of two end a bucket in every schema up to their exponent's divisor; the next
        // double begins another.
        for power in [-16, 0, 16, 32] {
            let end = 2f64.powi(power);
            let mut own = LogHistogram::new(schema, 0.0).unwrap();
            own.update(end).unwrap();
            let bucket = own.buckets().next().unwrap();
            assert_eq!(bucket.upper, end, "schema {schema}, {end}");
            sums.update_slice(&[end, end.next_up()]).unwrap();
        }
        // In the coarsest schema the next double shares a bucket with the next power.
        assert_eq!(sums.buckets().count(), if schema == -4 { 5 } else { 8 }, "schema {schema}");
    }
    // Ends of the range.
    for value in [f64::from_bits(1), f64::MIN_POSITIVE, f64::MAX] {
        for schema in [-4, 0, 3, 8] {
            let mut own = LogHistogram::new(schema, 0.0).unwrap();
            own.update(value).unwrap();
            let bucket = own.buckets().next().unwrap();
            assert!(bucket.lower < value && value <= bucket.upper, "{schema} {value:e} {bucket:?}");
        }
    }
}

#[test]
fn ranks_find_their_buckets() {
    let mut sums = LogHistogram::new(0, 0.5).unwrap();
    sums.update_slice(&[-3.0, 0.25, 1.0, 3.0, 3.5]).unwrap();
    let found: Vec<_> = (0..=6)
        .map(|rank| sums.bucket_of_rank(rank).map(|bucket| (bucket.lower, bucket.upper)))
        .collect();
    let high = Some((2.0, 4.0));
    assert_eq!(
        found,
        [None, Some((-4.0, -2.0)), Some((-0.5, 0.5)), Some((0.5, 1.0)), high, high, None]
    );
    let classic = ClassicHistogram::from_counts(&[1.0, 2.0], &[1, 0, 2]).unwrap();
    let open = classic.bucket_of_rank(2).unwrap();
    assert_eq!((open.lower, open.upper), (2.0, f64::INFINITY));
    assert_eq!(classic.bucket_of_rank(1).unwrap().lower, f64::NEG_INFINITY);
    assert_eq!(classic.bucket_of_rank(4), None);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let kinds = [
        Tally::new(2, 1).unwrap_err().kind(),
        Moments::from_parts(0, 1.0, 0.0).unwrap_err().kind(),
        Moments::from_parts(1, 1.0, 0.5).unwrap_err().kind(),
        Moments::from_parts(2, 1.0, -0.5).unwrap_err().kind(),
        ClassicHistogram::new(&[1.0, 1.0]).unwrap_err().kind(),
        ClassicHistogram::from_cumulative(&[1.0], &[5, 4]).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Inconsistent; 6]);
    let one = Moments::from_parts(2, 1.0, 1.0).unwrap();
    let other = Moments::from_parts(3, 1.0, 1.0).unwrap();
    assert_eq!(PairMoments::from_parts(one, other, 0.0).unwrap_err().kind(), ErrorKind::Mismatch);
    assert_eq!(PairMoments::from_parts(one, one, 1.1).unwrap_err().kind(), ErrorKind::Inconsistent);
    assert_eq!(
        ClassicHistogram::from_counts(&[1.0], &[1]).unwrap_err().kind(),
        ErrorKind::Mismatch
    );
    assert_eq!(LogHistogram::new(9, 0.0).unwrap_err().kind(), ErrorKind::OutOfRange);
    let mut fine = LogHistogram::new(2, 0.0).unwrap();
    let other = LogHistogram::new(2, 0.1).unwrap();
    assert_eq!(fine.merge(&other).unwrap_err().kind(), ErrorKind::Mismatch);
    assert_eq!(combine_strata(&[]).unwrap_err().kind(), ErrorKind::TooFew);
    let stratum = Stratum { weight: 1.0, estimate: 0.0, variance: 1.0, df: 4.0 };
    let bad = Stratum { df: 0.0, ..stratum };
    assert_eq!(combine_strata(&[stratum, bad]).unwrap_err().kind(), ErrorKind::OutOfRange);
}

/// Two equal strata: half the variance, and Satterthwaite's degrees of freedom add up.
#[test]
fn strata_combine_by_weight() {
    let stratum = Stratum { weight: 2.0, estimate: 0.1, variance: 0.01, df: 9.0 };
    let both = combine_strata(&[stratum, stratum, Stratum { weight: 0.0, ..stratum }]).unwrap();
    assert!(relative(both.estimate, 0.1) < 1e-15);
    assert!(relative(both.variance, 0.005) < 1e-15);
    assert!(relative(both.df, 18.0) < 1e-15);
}

/// Every summary comes back from its bytes, and cut or changed bytes are an error or another
/// summary, never a panic.
fn check_bytes<S: Summary + PartialEq + std::fmt::Debug>(summary: &S) {
    let bytes = summary.to_bytes();
    assert_eq!(&S::from_bytes(&bytes).unwrap(), summary);
    for length in 0..bytes.len() {
        assert!(S::from_bytes(&bytes[..length]).is_err());
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(S::from_bytes(&longer).is_err());
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 0x81;
        drop(S::from_bytes(&changed));
    }
}

/// One pass over all equals any partition merged in any direction: `same` says how equal.
fn check_merge<S: Summary>(
    empty: impl Fn() -> S,
    items: &[S::Item],
    cut: usize,
    same: impl Fn(&S, &S) -> bool,
) {
    let of = |items: &[S::Item]| {
        let mut summary = empty();
        summary.update_slice(items).unwrap();
        summary
    };
    let (left, right) = items.split_at(cut.min(items.len()));
    let whole = of(items);
    let (mut forward, mut backward) = (of(left), of(right));
    forward.merge(&of(right)).unwrap();
    backward.merge(&of(left)).unwrap();
    assert!(same(&whole, &forward) && same(&whole, &backward));
    let mut unchanged = of(items);
    unchanged.merge(&empty()).unwrap();
    assert!(same(&whole, &unchanged));
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-12 * scale
}

fn same_moments(a: &Moments, b: &Moments) -> bool {
    let (mean_a, mean_b) = (a.mean().unwrap_or_default(), b.mean().unwrap_or_default());
    let squares = a.sum_of_squared_deviations();
    a.count() == b.count()
        && close(mean_a, mean_b, mean_a.abs() + squares.sqrt())
        && close(squares, b.sum_of_squared_deviations(), squares + mean_a * mean_a * 1e-3)
}

proptest! {
    #[test]
    fn partitions_merge(
        values in prop::collection::vec(-1e3..1e3f64, 0..300),
        flags in prop::collection::vec(any::<(bool, bool)>(), 0..100),
        cut in 0usize..300,
    ) {
        check_merge(Moments::default, &values, cut, same_moments);
        check_merge(SortedRun::default, &values, cut, |a, b| a == b);
        check_merge(|| LogHistogram::new(3, 0.5).unwrap(), &values, cut, |a, b| a == b);
        check_merge(
            || ClassicHistogram::new(&[-10.0, 0.0, 500.0]).unwrap(),
            &values,
            cut,
            |a, b| a == b,
        );
        let pairs: Vec<_> = values
            .iter()
            .zip(values.iter().rev())
            .map(|(a, b)| Pair { baseline: *a, candidate: a + b })
            .collect();
        check_merge(PairMoments::default, &pairs, cut, |a, b| {
            let scale = a.baseline().sum_of_squared_deviations()
                + a.candidate().sum_of_squared_deviations();
            same_moments(a.baseline(), b.baseline())
                && same_moments(a.candidate(), b.candidate())
                && close(
                    a.sum_of_products_of_deviations(),
                    b.sum_of_products_of_deviations(),
                    scale + 1e3,
                )
        });
        check_merge(PairedValues::default, &pairs, cut, |a, b| a == b);
        let clustered: Vec<_> = pairs
            .iter()
            .enumerate()
            .map(|(index, pair)| ClusteredPair { cluster: format!("c{}", index % 7), pair: *pair })
            .collect();
        check_merge(ClusterSums::default, &clustered, cut, |a, b| {
            a.count() == b.count()
                && a.totals().zip(b.totals()).all(|((name, a), (other, b))| {
                    name == other
                        && a.count == b.count
                        && close(a.candidate_sum, b.candidate_sum, 1e6)
                })
        });
        let answers: Vec<_> = flags
            .iter()
            .map(|(baseline, candidate)| PairedAnswer {
                baseline: *baseline,
                candidate: *candidate,
            })
            .collect();
        check_merge(PairTally::default, &answers, cut, |a, b| a == b);
        let successes: Vec<_> = flags.iter().map(|(baseline, _)| *baseline).collect();
        check_merge(Tally::default, &successes, cut, |a, b| a == b);
    }

    #[test]
    fn bytes_come_back(
        values in prop::collection::vec(-1e3..1e3f64, 0..12),
        a in 0u64..9,
        b in 0u64..9,
    ) {
        let mut run = SortedRun::default();
        run.update_slice(&values).unwrap();
        check_bytes(&run);
        let mut moments = Moments::default();
        moments.update_slice(&values).unwrap();
        check_bytes(&moments);
        let mut log = LogHistogram::new(4, 1e-3).unwrap();
        log.update_slice(&values).unwrap();
        check_bytes(&log);
        let mut classic = ClassicHistogram::new(&[-1.0, 1.0]).unwrap();
        classic.update_slice(&values).unwrap();
        check_bytes(&classic);
        check_bytes(&Tally::new(a.min(b), a.max(b)).unwrap());
        check_bytes(&PairTally::new(a, b, 1, 2).unwrap());
        let mut pairs = PairMoments::default();
        let mut clusters = ClusterSums::default();
        for (index, value) in values.iter().enumerate() {
            let pair = Pair { baseline: *value, candidate: 2.0 };
            pairs.update(pair).unwrap();
            clusters.update(ClusteredPair { cluster: "é".repeat(index % 3), pair }).unwrap();
        }
        check_bytes(&pairs);
        let both = values.iter().map(|value| (*value, value.trunc())).collect::<Vec<_>>();
        check_bytes(&PairedValues::try_from(both).unwrap());
        check_bytes(&clusters);
    }

    /// Any double but zero lies within the bucket that it is counted in, and coarser buckets are
    /// sums of finer ones.
    #[test]
    fn values_lie_in_their_buckets(
        values in prop::collection::vec(any::<f64>(), 1..20),
        schema in -4..=8i8,
        coarser in -4..=8i8,
    ) {
        let values: Vec<_> =
            values.into_iter().filter(|value| value.is_finite() && *value != 0.0).collect();
        for value in &values {
            let mut own = LogHistogram::new(schema, 0.0).unwrap();
            own.update(*value).unwrap();
            let bucket = own.buckets().next().unwrap();
            let inside = if *value > 0.0 {
                bucket.lower < *value && *value <= bucket.upper
            } else {
                bucket.lower <= *value && *value < bucket.upper
            };
            prop_assert!(inside, "schema {schema}: {value:e} in {bucket:?}");
        }
        let of = |schema| {
            let mut histogram = LogHistogram::new(schema, 0.0).unwrap();
            histogram.update_slice(&values).unwrap();
            histogram
        };
        if coarser <= schema {
            prop_assert_eq!(of(schema).coarsened(coarser).unwrap(), of(coarser));
        } else {
            prop_assert!(of(schema).coarsened(coarser).is_err());
        }
        let mut mixed = of(schema);
        mixed.merge(&of(coarser)).unwrap();
        prop_assert_eq!(mixed.schema(), schema.min(coarser));
        prop_assert_eq!(mixed.count(), 2 * values.len() as u64);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        tag in 0usize..9,
    ) {
        let tags = [
            Tally::TAG,
            PairTally::TAG,
            Moments::TAG,
            PairMoments::TAG,
            ClusterSums::TAG,
            LogHistogram::TAG,
            ClassicHistogram::TAG,
            SortedRun::TAG,
            PairedValues::TAG,
        ];
        bytes.splice(..0, tags[tag]);
        drop(Tally::from_bytes(&bytes));
        drop(PairTally::from_bytes(&bytes));
        drop(Moments::from_bytes(&bytes));
        drop(PairMoments::from_bytes(&bytes));
        drop(ClusterSums::from_bytes(&bytes));
        drop(LogHistogram::from_bytes(&bytes));
        drop(ClassicHistogram::from_bytes(&bytes));
        drop(SortedRun::from_bytes(&bytes));
        drop(PairedValues::from_bytes(&bytes));
    }

    #[test]
    fn arbitrary_values_do_not_panic(
        values in prop::collection::vec(any::<f64>(), 0..20),
        ratio in any::<f64>(),
    ) {
        let mut moments = Moments::default();
        drop(moments.update_slice(&values));
        prop_assert!(moments.sum_of_squared_deviations().is_finite());
        let mut pairs = PairMoments::default();
        for pair in values.windows(2) {
            drop(pairs.update(Pair { baseline: pair[0], candidate: pair[1] }));
        }
        prop_assert!(pairs.sum_of_products_of_deviations().is_finite());
        if let Ok(contrast) = pairs.contrast(ratio) {
            prop_assert!(contrast.sum_of_squared_deviations().is_finite());
        }
    }
}

#[cfg(feature = "serde")]
mod documents {
    use super::*;

    /// The document form comes back, and what contradicts itself is refused there too.
    #[test]
    fn documents_come_back() {
        fn check<T>(value: &T, text: &str)
        where
            T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
        {
            assert_eq!(serde_json::to_string(value).unwrap(), text);
            assert_eq!(&serde_json::from_str::<T>(text).unwrap(), value);
        }
        check(&Tally::new(3, 5).unwrap(), r#"{"successes":3,"trials":5}"#);
        check(
            &PairTally::new(1, 2, 3, 4).unwrap(),
            r#"{"both":1,"only_baseline":2,"only_candidate":3,"neither":4}"#,
        );
        check(
            &Moments::from_parts(2, 1.5, 0.5).unwrap(),
            r#"{"count":2,"mean":1.5,"sum_of_squared_deviations":0.5}"#,
        );
        let mut log = LogHistogram::new(1, 0.0).unwrap();
        log.update_slice(&[0.0, 1.0, 4.0, 4.0]).unwrap();
        check(
            &log,
            r#"{"schema":1,"zero_threshold":0.0,"zero":1,"positive":{"0":1,"4":2},"negative":{}}"#,
        );
        check(
            &ClassicHistogram::from_counts(&[0.5], &[1, 2]).unwrap(),
            r#"{"bounds":[0.5],"counts":[1,2]}"#,
        );
        check(&SortedRun::try_from(vec![2.0, 1.0]).unwrap(), "[1.0,2.0]");
        let mut clusters = ClusterSums::default();
        let pair = Pair { baseline: 1.0, candidate: 2.0 };
        clusters.update(ClusteredPair { cluster: "a".into(), pair }).unwrap();
        check(&clusters, r#"{"a":{"count":1,"baseline_sum":1.0,"candidate_sum":2.0}}"#);
        assert!(serde_json::from_str::<Tally>(r#"{"successes":6,"trials":5}"#).is_err());
        assert!(serde_json::from_str::<Tally>(r#"{"successes":1,"trials":5,"x":1}"#).is_err());
    }
}

#[test]
fn a_histogram_counts_the_same_however_its_values_come() {
    // Up, down, alternating, over few and over all powers of two, of both signs.
    let near = |i: i32| f64::from(i) * 0.37 + 100.0;
    let far = |i: i32| 10_f64.powi(i % 300) * if i % 3 == 0 { -1.0 } else { 1.0 };
    let values = |of: &dyn Fn(i32) -> f64| (0..2000).map(of).collect::<Vec<_>>();
    let mut ends = values(&near);
    ends.extend([f64::MAX, f64::MIN, f64::from_bits(1), 0.0, f64::MIN_POSITIVE, 0.5, 1.0, 2.0]);
    for schema in [-4, -1, 0, 3, 5, 8] {
        for values in [values(&near), values(&|i| near(2000 - i)), values(&far), ends.clone()] {
            let mut at_once = LogHistogram::new(schema, 0.0).unwrap();
            at_once.update_slice(&values).unwrap();
            let mut one_by_one = LogHistogram::new(schema, 0.0).unwrap();
            for value in &values {
                one_by_one.update(*value).unwrap();
            }
            assert_eq!(at_once.to_bytes(), one_by_one.to_bytes(), "schema {schema}");
            assert_eq!(at_once.count(), values.len() as u64);
            let total: u64 = at_once.buckets().map(|bucket| bucket.count).sum();
            assert_eq!(total, values.len() as u64);
            for value in values {
                let inside = |b: &Bucket| b.lower <= value && value <= b.upper;
                assert!(at_once.buckets().any(|bucket| inside(&bucket)), "{value:e}");
            }
        }
    }
}
