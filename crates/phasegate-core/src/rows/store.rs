//! Rows that wait for their pairs, column by column.

use std::collections::BTreeMap;

use super::Place;

/// How many rows a block has: growing never copies what is there.
const BLOCK: usize = 65_536;

/// A column in blocks.
#[derive(Debug, Clone)]
pub(super) struct Blocks<T> {
    blocks: Vec<Vec<T>>,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T: Copy> Blocks<T> {
    pub(super) fn push(&mut self, value: T) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(value),
            _ => {
                // The first block grows with the rows; the others are full-sized at once.
                let size = if self.blocks.is_empty() { 0 } else { BLOCK };
                let mut block = Vec::with_capacity(size);
                block.push(value);
                self.blocks.push(block);
            }
        }
    }

    pub(super) fn get(&self, row: u32) -> Option<T> {
        let row = usize::try_from(row).ok()?;
        self.blocks.get(row / BLOCK)?.get(row % BLOCK).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = T> {
        self.blocks.iter().flatten().copied()
    }

    fn append(&mut self, other: &Self) {
        other.iter().for_each(|value| self.push(value));
    }
}

/// A missing number in a column of numbers, which are finite.
const MISSING: f64 = f64::NAN;

/// A missing flag.
const NEITHER: u8 = 2;

/// One column of values.
#[derive(Debug, Clone)]
pub(super) enum Values {
    Flags(Blocks<u8>),
    Numbers(Blocks<f64>),
}

impl Values {
    fn push(&mut self, value: Option<f64>) {
        match self {
            Self::Flags(flags) => flags.push(value.map_or(NEITHER, |flag| u8::from(flag > 0.0))),
            Self::Numbers(numbers) => numbers.push(value.unwrap_or(MISSING)),
        }
    }

    pub(super) fn get(&self, row: u32) -> Option<f64> {
        match self {
            Self::Flags(flags) => flags.get(row).filter(|flag| *flag != NEITHER).map(f64::from),
            Self::Numbers(numbers) => numbers.get(row).filter(|number| !number.is_nan()),
        }
    }

    fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::Flags(here), Self::Flags(there)) => here.append(there),
            (Self::Numbers(here), Self::Numbers(there)) => here.append(there),
            // Both were made for the same columns.
            _ => {}
        }
    }
}

/// The names of clusters, each with a number.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    numbers: BTreeMap<String, u32>,
    rows: Blocks<u32>,
}

impl Names {
    fn push(&mut self, name: &str) {
        let number = if let Some(number) = self.numbers.get(name) {
            *number
        } else {
            // There are at most as many names as rows.
            let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            self.numbers.insert(name.to_owned(), number);
            number
        };
        self.rows.push(number);
    }

    /// The number of a row's cluster.
    pub(super) fn of(&self, row: u32) -> u32 {
        self.rows.get(row).unwrap_or_default()
    }

    /// The names in ascending order, each with its number.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, u32)> {
        self.numbers.iter().map(|(name, number)| (name.as_str(), *number))
    }

    fn append(&mut self, other: &Self) {
        let names: BTreeMap<u32, &str> =
            other.names().map(|(name, number)| (number, name)).collect();
        for number in other.rows.iter() {
            self.push(names.get(&number).copied().unwrap_or_default());
        }
    }
}

/// The rows of one version that wait for their pairs.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    /// The keys' hashes of 128 bits.
    pub(super) keys: Blocks<u128>,
    /// Where in its source each row is.
    numbers: Blocks<u32>,
    /// From which row on rows are of which source.
    sources: Vec<(u32, u32)>,
    /// Times, mirror flags and clusters, which only the baseline's rows are asked for.
    pub(super) times: Blocks<i64>,
    pub(super) mirrored: Blocks<bool>,
    pub(super) clusters: Vec<Names>,
    pub(super) values: Vec<Values>,
    len: u32,
}

/// One row as it is kept.
#[derive(Debug)]
pub(super) struct Kept<'a> {
    pub(super) key: u128,
    pub(super) place: Place,
    /// Time and whether it was mirrored, of the baseline's rows.
    pub(super) asked: Option<(i64, bool)>,
    pub(super) values: &'a [Option<f64>],
    pub(super) clusters: &'a [Option<&'a str>],
}

impl Side {
    /// For columns of which these are flags, and so many clusters.
    pub(super) fn new(flags: impl Iterator<Item = bool>, clusters: usize) -> Self {
        let column = |is_flag| {
            if is_flag {
                Values::Flags(Blocks::default())
            } else {
                Values::Numbers(Blocks::default())
            }
        };
        let clusters = std::iter::repeat_with(Names::default).take(clusters).collect();
        Self { values: flags.map(column).collect(), clusters, ..Self::default() }
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is room for one more.
    pub(super) fn has_room(&self) -> bool {
        self.len < u32::MAX - 1
    }

    pub(super) fn push(&mut self, row: &Kept<'_>) {
        self.locate(row.place);
        self.keys.push(row.key);
        if let Some((time, mirrored)) = row.asked {
            self.times.push(time);
            self.mirrored.push(mirrored);
            for (names, name) in self.clusters.iter_mut().zip(row.clusters) {
                names.push(name.unwrap_or_default());
            }
        }
        for (column, value) in self.values.iter_mut().zip(row.values) {
            column.push(*value);
        }
        self.len += 1;
    }

    fn locate(&mut self, place: Place) {
        if self.sources.last().is_none_or(|(_, source)| *source != place.source) {
            self.sources.push((self.len, place.source));
        }
        self.numbers.push(u32::try_from(place.row).unwrap_or(u32::MAX));
    }

    /// Where a row came from.
    pub(super) fn place(&self, row: u32) -> Place {
        let after = self.sources.partition_point(|(from, _)| *from <= row);
        let source = after.checked_sub(1).and_then(|index| self.sources.get(index));
        Place {
            source: source.map_or(0, |(_, source)| *source),
            row: u64::from(self.numbers.get(row).unwrap_or_default()),
        }
    }

    pub(super) fn append(&mut self, other: &Self) {
        for row in 0..other.len {
            self.locate(other.place(row));
            self.len += 1;
        }
        self.keys.append(&other.keys);
        self.times.append(&other.times);
        self.mirrored.append(&other.mirrored);
        for (here, there) in self.clusters.iter_mut().zip(&other.clusters) {
            here.append(there);
        }
        for (here, there) in self.values.iter_mut().zip(&other.values) {
            here.append(there);
        }
    }

    /// The rows by ascending key, or the two first ones of one key.
    pub(super) fn sorted(&self) -> Result<Vec<(u64, u32)>, (u32, u32)> {
        let mut order: Vec<(u64, u32)> =
            self.keys.iter().map(|key| (key >> 64) as u64).zip(0..).collect();
        let full = |row: u32| self.keys.get(row).unwrap_or_default();
        order.sort_unstable_by(|one, other| {
            one.0.cmp(&other.0).then_with(|| full(one.1).cmp(&full(other.1)))
        });
        let twins = |pair: &[(u64, u32)]| match pair {
            [one, other] if one.0 == other.0 && full(one.1) == full(other.1) => {
                Some((one.1.min(other.1), one.1.max(other.1)))
            }
            _ => None,
        };
        // The first pair in the order of keys would be any; the earliest row is one that people
        // find.
        let twice = order
            .windows(2)
            .filter_map(twins)
            .min_by_key(|(first, second)| (self.place(*first), self.place(*second)));
        twice.map_or(Ok(order), Err)
    }
}
