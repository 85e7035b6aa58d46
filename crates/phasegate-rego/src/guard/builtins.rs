//! What builtins ask of their arguments, and what they give.

use super::types::TypeSet;

/// What a builtin asks of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Anything that is there.
    Anything,
    /// One of these types.
    Types(TypeSet),
    /// An array of which each element has one of these types.
    Each(TypeSet),
}

/// What a builtin gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// A value of one of these types, whose members the guard cannot follow.
    Types(TypeSet),
    /// An array of values of these types.
    ArrayOf(TypeSet),
    /// An array of so many numbers.
    Numbers(usize),
    /// A set the guard cannot follow.
    Set,
}

/// A line of the table: the name, one letter for each argument, and one for the result.
///
/// Arguments: `n` number, `s` string, `a` array, `o` object, `c` array or object, `l` string or
/// array, `N` array of numbers, `S` array of strings, `x` anything.
/// Where a set is taken as well, no fact is one. Results: `n`, `s`, `b` boolean, `o`, `a` array,
/// `x` anything, `S` array of strings, `N` array of numbers, `u` set, `3` and `6` so many numbers.
///
/// Source: the OPA policy reference, built-in functions, at v1; of these the ones
/// that the gate calls; those with a letter that depends on the argument are in `calls.rs`.
const TABLE: &str = "
abs n n
base64.decode s s
base64.encode s s
base64.is_valid x b
bits.and nn n
bits.lsh nn n
bits.negate n n
bits.or nn n
bits.rsh nn n
bits.xor nn n
ceil n n
concat sS s
contains ss b
endswith ss b
floor n n
format_int ns s
glob.match sxs b
glob.quote_meta s s
indexof ss n
indexof_n ss N
intersection x u
is_array x b
is_boolean x b
is_number x b
is_object x b
is_set x b
is_string x b
json.filter oa o
json.is_valid x b
json.marshal x s
json.remove oa o
json.unmarshal s x
lower s s
numbers.range nn N
numbers.range_step nnn N
object.filter oc o
object.remove oc o
object.union oo o
object.union_n a o
product N n
regex.find_all_string_submatch_n ssn a
regex.find_n ssn S
regex.is_valid x b
regex.match ss b
regex.replace sss s
regex.split ss S
replace sss s
round n n
semver.compare ss n
semver.is_valid x b
split ss S
sprintf sa s
startswith ss b
strings.any_prefix_match ll b
strings.any_suffix_match ll b
strings.count ss n
strings.reverse s s
substring snn s
sum N n
time.add_date nnnn n
time.clock x 3
time.date x 3
time.diff xx 6
time.format x s
time.now_ns  n
time.parse_duration_ns s n
time.parse_rfc3339_ns s n
time.weekday x s
trace s s
trim ss s
trim_left ss s
trim_prefix ss s
trim_right ss s
trim_space s s
trim_suffix ss s
union x u
units.parse s n
units.parse_bytes s n
upper s s
";

/// The builtins whose result depends on what they are given, and how many arguments each takes.
pub(super) const BY_ARGUMENT: [(&str, usize); 14] = [
    ("array.concat", 2),
    ("array.reverse", 1),
    ("array.slice", 3),
    ("count", 1),
    ("is_null", 1),
    ("max", 1),
    ("min", 1),
    ("object.get", 3),
    ("object.keys", 1),
    ("object.subset", 2),
    ("sort", 1),
    ("to_number", 1),
    ("type_name", 1),
    ("walk", 1),
];

/// What is known of a builtin: what it asks of each argument, and what it gives.
pub(super) fn signature(name: &str) -> Option<(Vec<Ask>, Gives)> {
    TABLE.lines().find_map(|line| {
        let mut words = line.split(' ');
        if words.next() != Some(name) {
            return None;
        }
        let asks = words.next()?.chars().map(ask).collect();
        Some((asks, gives(words.next()?)))
    })
}

fn ask(letter: char) -> Ask {
    match letter {
        'n' => Ask::Types(TypeSet::NUMBER),
        's' => Ask::Types(TypeSet::STRING),
        'o' => Ask::Types(TypeSet::OBJECT),
        'a' => Ask::Types(TypeSet::ARRAY),
        'l' => Ask::Types(TypeSet::ARRAY.or(TypeSet::STRING)),
        'c' => Ask::Types(TypeSet::COLLECTION),
        'N' => Ask::Each(TypeSet::NUMBER),
        'S' => Ask::Each(TypeSet::STRING),
        _ => Ask::Anything,
    }
}

fn gives(letter: &str) -> Gives {
    match letter {
        "n" => Gives::Types(TypeSet::NUMBER),
        "s" => Gives::Types(TypeSet::STRING),
        "b" => Gives::Types(TypeSet::BOOLEAN),
        "o" => Gives::Types(TypeSet::OBJECT),
        "a" => Gives::Types(TypeSet::ARRAY),
        "S" => Gives::ArrayOf(TypeSet::STRING),
        "N" => Gives::ArrayOf(TypeSet::NUMBER),
        "3" => Gives::Numbers(3),
        "6" => Gives::Numbers(6),
        "u" => Gives::Set,
        // Null as well. `ANY` is left to values whose origin is reported already, which a
        // comparison need not report again.
        _ => Gives::Types(TypeSet::NOT_NULL),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::check::{self, Availability};

    #[test]
    fn every_line_is_read() {
        for line in TABLE.lines().filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split(' ').collect();
            let [name, asks, gives] = words[..] else { panic!("`{line}` has not three columns") };
            assert!(asks.chars().all(|c| "nsaoclNSx".contains(c)), "`{line}`");
            assert!("nsboaxSNu36".contains(gives), "`{line}`");
            let (known, _) = signature(name).expect("the name is in the table");
            assert_eq!(known.len(), asks.len(), "`{line}`");
        }
    }

    #[test]
    fn what_the_gate_calls_is_known_here_and_nothing_else() {
        let here = TABLE.lines().filter_map(|line| line.split(' ').next());
        let here: BTreeSet<&str> =
            here.filter(|name| !name.is_empty()).chain(BY_ARGUMENT.map(|(name, _)| name)).collect();
        let gate = check::builtins().filter(|one| {
            matches!(one.availability, Availability::Allowed | Availability::Guarded)
        });
        // The guard says itself why `walk` is not for the gate.
        let gate: BTreeSet<&str> = gate.map(|one| one.name).chain(["walk"]).collect();
        assert_eq!(here, gate);
    }

    #[test]
    fn the_table_is_sorted() {
        let names: Vec<&str> = TABLE.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(names.is_sorted());
    }
}
