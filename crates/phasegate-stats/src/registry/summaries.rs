//! Summaries as inputs: as their documents, or as the raw observations that they sum.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::registry::field::{Field, ItemField, MAX_BUCKETS, MAX_ITEMS, items};
use crate::registry::given::{Faults, Object, below, item, kind};
use crate::summary::{
    ClassicHistogram, ClusterSums, ClusterTotal, ClusteredPair, LogHistogram, Moments, Pair,
    PairMoments, PairTally, PairedAnswer, PairedValues, Ranked, Run, SortedRun, Stratum, Summary,
    Tally,
};

/// A summary of raw observations.
fn summed<T: Field, S: Summary<Item = T> + Default>(
    value: &Value,
    path: &str,
    faults: &mut Faults,
) -> Option<S> {
    let items: Vec<T> = items(value, path, faults)?;
    let mut summary = S::default();
    let outcome = summary.update_slice(&items);
    faults.accept(path, outcome.map(|()| summary))
}

impl Field for Tally {
    const KIND: &'static str = "tally";
    const FORM: &'static str = r#"{"successes": count, "trials": count} | [true, false, ...]"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_array() {
            return summed(value, path, faults);
        }
        let mut object = Object::of(value, path, faults)?;
        let successes = object.take("successes", None, faults);
        let trials = object.take("trials", None, faults);
        object.close(faults);
        faults.accept(path, Self::new(successes?, trials?))
    }
}

impl Field for PairTally {
    const KIND: &'static str = "pair tally";
    const FORM: &'static str = r#"{"both": count, "only_baseline": count, "only_candidate": count, "neither": count} | [[true, false], ...]"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_array() {
            return summed(value, path, faults);
        }
        let mut object = Object::of(value, path, faults)?;
        let both = object.take("both", None, faults);
        let only_baseline = object.take("only_baseline", None, faults);
        let only_candidate = object.take("only_candidate", None, faults);
        let neither = object.take("neither", None, faults);
        object.close(faults);
        faults.accept(path, Self::new(both?, only_baseline?, only_candidate?, neither?))
    }
}

impl Field for Moments {
    const KIND: &'static str = "moments";
    const FORM: &'static str =
        r#"[number, ...] | {"count": count, "mean": number, "sum_of_squared_deviations": number}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_array() {
            return summed(value, path, faults);
        }
        let mut object = Object::of(value, path, faults)?;
        let count = object.take("count", None, faults);
        let mean = object.take("mean", None, faults);
        let squares = object.take("sum_of_squared_deviations", None, faults);
        object.close(faults);
        faults.accept(path, Self::from_parts(count?, mean?, squares?))
    }
}

impl Field for PairMoments {
    const KIND: &'static str = "pair moments";
    const FORM: &'static str = r#"[[number, number], ...] | {"baseline": moments, "candidate": moments, "sum_of_products_of_deviations": number}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_array() {
            return summed(value, path, faults);
        }
        let mut object = Object::of(value, path, faults)?;
        let baseline = object.take("baseline", None, faults);
        let candidate = object.take("candidate", None, faults);
        let products = object.take("sum_of_products_of_deviations", None, faults);
        object.close(faults);
        faults.accept(path, Self::from_parts(baseline?, candidate?, products?))
    }
}

impl Field for PairedValues {
    const KIND: &'static str = "paired values";
    const FORM: &'static str = "[[number, number], ...]";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        summed(value, path, faults)
    }
}

impl Field for SortedRun {
    const KIND: &'static str = "numbers";
    const FORM: &'static str = "[number, ...]";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let values = Vec::read(value, None, path, faults)?;
        faults.accept(path, Self::try_from(values))
    }
}

impl Field for ClusterSums {
    const KIND: &'static str = "clusters";
    const FORM: &'static str = r#"[["cluster", number, number], ...] | {"cluster": {"count": count, "baseline_sum": number, "candidate_sum": number}, ...}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_array() {
            return summed(value, path, faults);
        }
        let totals = entries(value, MAX_ITEMS, path, faults, |key, _, _| Some(key.to_owned()))?;
        faults.accept(path, Self::from_totals(totals))
    }
}

crate::registry::object! {
    ClusterTotal "cluster" { count: u64, baseline_sum: f64, candidate_sum: f64 }
}

impl Field for Pair {
    const KIND: &'static str = "pair";
    const FORM: &'static str = "[number, number]";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let [baseline, candidate] = tuple(value, Self::FORM, path, faults)?;
        let baseline = f64::read(baseline, None, &item(path, 0), faults);
        let candidate = f64::read(candidate, None, &item(path, 1), faults);
        Some(Self { baseline: baseline?, candidate: candidate? })
    }
}

impl Field for PairedAnswer {
    const KIND: &'static str = "paired answer";
    const FORM: &'static str = "[true | false, true | false]";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let [baseline, candidate] = tuple(value, Self::FORM, path, faults)?;
        let baseline = bool::read(baseline, None, &item(path, 0), faults);
        let candidate = bool::read(candidate, None, &item(path, 1), faults);
        Some(Self { baseline: baseline?, candidate: candidate? })
    }
}

impl Field for ClusteredPair {
    const KIND: &'static str = "clustered pair";
    const FORM: &'static str = r#"["cluster", number, number]"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let [cluster, baseline, candidate] = tuple(value, Self::FORM, path, faults)?;
        let cluster = String::read(cluster, None, &item(path, 0), faults);
        let baseline = f64::read(baseline, None, &item(path, 1), faults);
        let candidate = f64::read(candidate, None, &item(path, 2), faults);
        let pair = Pair { baseline: baseline?, candidate: candidate? };
        Some(Self { cluster: cluster?, pair })
    }
}

impl ItemField for Stratum {
    const MANY: &'static str = "strata";
    const ARRAY: &'static str =
        r#"[{"weight": number, "estimate": number, "variance": number, "df": number}, ...]"#;
}

crate::registry::object! {
    Stratum "stratum" { weight: f64, estimate: f64, variance: f64, df: f64 = f64::INFINITY }
}

/// Values whose ranks are known: raw ones, or a histogram.
#[derive(Debug)]
pub(crate) enum Ranks {
    Sorted(SortedRun),
    Logarithmic(LogHistogram),
    Classic(ClassicHistogram),
}

impl Ranks {
    fn ranked(&self) -> &dyn Ranked {
        match self {
            Self::Sorted(run) => run,
            Self::Logarithmic(histogram) => histogram,
            Self::Classic(histogram) => histogram,
        }
    }
}

impl Ranked for Ranks {
    fn count(&self) -> u64 {
        self.ranked().count()
    }

    fn run_of_rank(&self, rank: u64) -> Option<Run> {
        self.ranked().run_of_rank(rank)
    }

    fn surely_below(&self, limit: f64) -> u64 {
        self.ranked().surely_below(limit)
    }

    fn possibly_at_most(&self, limit: f64) -> u64 {
        self.ranked().possibly_at_most(limit)
    }
}

impl Field for Ranks {
    const KIND: &'static str = "values";
    const FORM: &'static str = r#"[number, ...] | {"bounds": [number, ...], "counts": [count, ...]} | {"schema": -4 to 8, "zero_threshold": number, "zero": count, "positive": {"index": count}, "negative": {"index": count}}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_array() {
            return <SortedRun as Field>::read(value, None, path, faults).map(Self::Sorted);
        }
        let mut object = Object::of(value, path, faults)?;
        if object.has("bounds") {
            let bounds: Option<Vec<f64>> = object.take("bounds", None, faults);
            let counts: Option<Vec<u64>> = object.take("counts", None, faults);
            object.close(faults);
            let (bounds, counts) = (bounds?, counts?);
            few_buckets(counts.len(), path, faults)?;
            return faults
                .accept(path, ClassicHistogram::from_counts(&bounds, &counts))
                .map(Self::Classic);
        }
        let schema: Option<i8> = object.take("schema", None, faults);
        let threshold = object.take("zero_threshold", Some(0.0), faults);
        let zero = object.take("zero", Some(0), faults);
        let positive: Option<Buckets> = object.take("positive", Some(Buckets::default()), faults);
        let negative: Option<Buckets> = object.take("negative", Some(Buckets::default()), faults);
        object.close(faults);
        let (Buckets(positive), Buckets(negative)) = (positive?, negative?);
        few_buckets(positive.len() + negative.len(), path, faults)?;
        let histogram = LogHistogram::from_buckets(schema?, threshold?, zero?, positive, negative);
        faults.accept(path, histogram).map(Self::Logarithmic)
    }
}

/// The buckets of one side of a logarithmic histogram.
#[derive(Debug, Default)]
struct Buckets(BTreeMap<i32, u64>);

impl Field for Buckets {
    const KIND: &'static str = "buckets";
    const FORM: &'static str = r#"{"index": count, ...}"#;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let index = |key: &str, path: &str, faults: &mut Faults| {
            let index = key.parse().ok().filter(|index: &i32| index.to_string() == key);
            index.or_else(|| faults.add(path, "has a key that is no bucket's index"))
        };
        entries(value, MAX_BUCKETS, path, faults, index).map(Self)
    }
}

fn few_buckets(buckets: usize, path: &str, faults: &mut Faults) -> Option<()> {
    if buckets > MAX_BUCKETS {
        let message =
            format!("has {buckets} buckets; give at most {MAX_BUCKETS}, of a coarser schema");
        return faults.add(path, message);
    }
    Some(())
}

/// An array of so many items.
fn tuple<'a, const N: usize>(
    value: &'a Value,
    form: &str,
    path: &str,
    faults: &mut Faults,
) -> Option<[&'a Value; N]> {
    let items: Option<Vec<_>> = value.as_array().map(|items| items.iter().collect());
    let tuple = items.and_then(|items| items.try_into().ok());
    tuple.or_else(|| faults.add(path, format!("is not of the form {form}")))
}

/// An object as a map.
pub(crate) fn entries<K: Ord, V: Field>(
    value: &Value,
    most: usize,
    path: &str,
    faults: &mut Faults,
    key: impl Fn(&str, &str, &mut Faults) -> Option<K>,
) -> Option<BTreeMap<K, V>> {
    let Value::Object(map) = value else {
        return faults.add(path, format!("is {}, not an object", kind(value)));
    };
    if map.len() > most {
        return faults.add(path, format!("has {} entries; give at most {most}", map.len()));
    }
    let mut all = Some(BTreeMap::new());
    for (name, value) in map {
        if faults.is_full() {
            return None;
        }
        let path = below(path, name);
        match (key(name, &path, faults), V::read(value, None, &path, faults), &mut all) {
            (Some(key), Some(value), Some(map)) => {
                map.insert(key, value);
            }
            _ => all = None,
        }
    }
    all
}
