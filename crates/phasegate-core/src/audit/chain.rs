//! The chain: how lines vouch for each other, and where that breaks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::record::{AuditRecord, AuditSchema, Entry};
use crate::canonical::{self, CanonicalError};
use crate::document;
use crate::read::{self, Format};
use crate::{Digest, Timestamp};

/// How many bytes one line may have: a decision with all its evidence.
const MAX_LINE_BYTES: usize = 16 << 20;

/// How many breaks are listed; the first ones tell what happened to the rest.
const MAX_BREAKS: usize = 20;

/// Up to where a trail goes: what the next line is chained to, and what shows that nothing was cut
/// off at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many lines there are.
    pub lines: u64,
    /// The digest of the last one's bytes; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Digest>,
}

/// The line for an entry, line feed included, and the head after it.
///
/// ```
/// use phasegate_core::audit::{Entry, Head, append, verify};
/// use phasegate_core::lifecycle::{Event, EventKind};
/// use phasegate_core::Timestamp;
///
/// let time = Timestamp::from_unix_nanos(0);
/// let what = EventKind::Evaluate {};
/// let event = Event { time, actor: "controller".to_owned(), decision: None, what };
/// let (first, head) = append(&Head::default(), time, Entry::Event(event.clone())).unwrap();
/// let (second, head) = append(&head, time, Entry::Event(event)).unwrap();
/// let trail = [first, second].concat();
/// assert!(verify(&trail, Some(&head)).is_sound());
/// // The first line is gone.
/// let rest = trail.split_inclusive(|&byte| byte == b'\n').nth(1).unwrap();
/// assert!(!verify(rest, Some(&head)).is_sound());
/// ```
///
/// # Errors
/// When the entry holds a number that is not finite, which no reader of ours lets through.
pub fn append(
    head: &Head,
    time: Timestamp,
    entry: Entry,
) -> Result<(Vec<u8>, Head), CanonicalError> {
    let record = AuditRecord {
        schema: AuditSchema::V1,
        sequence: head.lines,
        previous: head.last,
        time,
        entry,
    };
    let mut line = canonical::to_bytes(&record)?;
    let after = Head { lines: head.lines.saturating_add(1), last: Some(Digest::of(&line)) };
    line.push(b'\n');
    Ok((line, after))
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Up to where the trail goes, a torn last line apart.
    pub head: Head,
    /// Every break, in order; at most the first twenty.
    pub breaks: Vec<Break>,
    /// Whether the last line has no line feed: a write that was cut short.
    pub torn: bool,
    /// How many bytes there are up to the end of the last whole line.
    pub sound_bytes: usize,
}

impl Report {
    /// Whether nothing was edited, cut or exchanged; a torn last line is no break.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.breaks.is_empty()
    }
}

/// A place where the chain breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The line, from 1.
    pub line: u64,
    /// Where it begins, in bytes.
    pub byte: usize,
    /// How it breaks.
    pub kind: BreakKind,
}

/// How a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakKind {
    /// The line is no record.
    Unreadable {
        /// What is wrong with it.
        problem: String,
    },
    /// The line does not vouch for the one before it: that one, or this one, was changed.
    Edited,
    /// Lines are missing before it.
    Cut {
        /// How many.
        missing: u64,
    },
    /// It stood elsewhere, or stands twice.
    Moved {
        /// Its number.
        sequence: u64,
    },
    /// The trail ends before the head that was handed in, or with another line.
    End {
        /// How many lines there should be.
        expected: u64,
    },
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} (byte {}): {}", self.line, self.byte, self.kind)
    }
}

impl fmt::Display for BreakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { problem } => write!(f, "it is no record: {problem}"),
            Self::Edited => f.write_str(
                "it does not have the digest of the line before it; one of the two was changed",
            ),
            Self::Cut { missing } => write!(f, "{missing} lines are missing before it"),
            Self::Moved { sequence } => {
                write!(f, "it is number {sequence} and stood elsewhere, or stands twice")
            }
            Self::End { expected } => write!(
                f,
                "the trail does not end as it should, with {expected} lines; its end was cut off or changed"
            ),
        }
    }
}

/// Verifies a trail, over its exact bytes. With the head that was kept elsewhere a cut at the end
/// is found too; lines that were appended since are no fault.
#[must_use]
pub fn verify(bytes: &[u8], kept: Option<&Head>) -> Report {
    let mut walk = Walk { breaks: Vec::new(), lines: 0, byte: 0, last: None, next: 0 };
    let mut torn = false;
    // Whether the line at which the kept head was taken is that line.
    let mut met = kept.is_none_or(|kept| kept.lines == 0);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let Some(content) = line.strip_suffix(b"\n") else {
            torn = true;
            break;
        };
        walk.line(content);
        walk.byte += line.len();
        if let Some(kept) = kept
            && kept.lines == walk.lines
        {
            met = kept.last == walk.last;
        }
    }
    if let Some(kept) = kept.filter(|_| !met) {
        walk.tell(walk.lines, BreakKind::End { expected: kept.lines });
    }
    Report {
        head: Head { lines: walk.lines, last: walk.last },
        breaks: walk.breaks,
        torn,
        sound_bytes: walk.byte,
    }
}

/// The shape is walked only where serde found a fault: it is slower, and says all of them.
fn read_line(content: &[u8]) -> Result<AuditRecord, String> {
    let value = read::read(content, Format::Json, MAX_LINE_BYTES);
    let value = value.map_err(|error| error.to_string())?;
    AuditRecord::deserialize(&value).map_err(|error| {
        match document::from_value::<AuditRecord>(&value) {
            Ok(_) => error.to_string(),
            Err(faults) => faults.to_string(),
        }
    })
}

struct Walk {
    breaks: Vec<Break>,
    lines: u64,
    byte: usize,
    last: Option<Digest>,
    /// The number that the next line should have.
    next: u64,
}

impl Walk {
    fn tell(&mut self, line: u64, kind: BreakKind) {
        if self.breaks.len() < MAX_BREAKS {
            self.breaks.push(Break { line, byte: self.byte, kind });
        }
    }

    fn line(&mut self, content: &[u8]) {
        let number = self.lines + 1;
        match read_line(content) {
            Err(problem) => {
                self.tell(number, BreakKind::Unreadable { problem });
                self.next = self.next.saturating_add(1);
            }
            Ok(record) => {
                if record.sequence > self.next {
                    let missing = record.sequence - self.next;
                    self.tell(number, BreakKind::Cut { missing });
                } else if record.sequence < self.next {
                    self.tell(number, BreakKind::Moved { sequence: record.sequence });
                } else if record.previous != self.last {
                    self.tell(number, BreakKind::Edited);
                }
                self.next = record.sequence.saturating_add(1);
            }
        }
        self.lines = number;
        self.last = Some(Digest::of(content));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{Event, EventKind};
    use proptest::prelude::*;

    fn trail(lines: u64) -> (Vec<Vec<u8>>, Head) {
        let mut head = Head::default();
        let mut all = Vec::new();
        for index in 0..lines {
            let time = Timestamp::from_unix_nanos(i64::try_from(index).expect("few"));
            let what = EventKind::Abort {
                reason: format!("number {index}"),
                then: crate::lifecycle::AfterAbort::Quarantine,
            };
            let event = Event { time, actor: "controller".to_owned(), decision: None, what };
            let (line, next) = append(&head, time, Entry::Event(event)).expect("no numbers");
            all.push(line);
            head = next;
        }
        (all, head)
    }

    /// The breaks of a trail as `line: kind`.
    #[track_caller]
    fn check(lines: &[Vec<u8>], head: Option<&Head>, expected: &[&str]) {
        let report = verify(&lines.concat(), head);
        let told: Vec<String> = report
            .breaks
            .iter()
            .map(|found| {
                let kind = match &found.kind {
                    BreakKind::Unreadable { .. } => "unreadable".to_owned(),
                    BreakKind::Edited => "edited".to_owned(),
                    BreakKind::Cut { missing } => format!("cut {missing}"),
                    BreakKind::Moved { sequence } => format!("moved {sequence}"),
                    BreakKind::End { expected } => format!("end {expected}"),
                };
                format!("{}: {kind}", found.line)
            })
            .collect();
        assert_eq!(told, expected);
        let lengths = lines.iter().map(Vec::len);
        for found in
            report.breaks.iter().filter(|found| !matches!(found.kind, BreakKind::End { .. }))
        {
            let before = usize::try_from(found.line - 1).expect("few");
            assert_eq!(found.byte, lengths.clone().take(before).sum::<usize>());
        }
    }

    #[test]
    fn a_trail_is_sound() {
        let (lines, head) = trail(5);
        check(&lines, Some(&head), &[]);
        check(&lines, None, &[]);
        check(&[], None, &[]);
        assert_eq!(verify(&lines.concat(), None).head, head);
        // What was appended since the head was kept is no fault.
        let (_, earlier) = trail(3);
        check(&lines, Some(&earlier), &[]);
        check(&lines, Some(&Head::default()), &[]);
    }

    #[test]
    fn edits_cuts_and_exchanges_are_located() {
        let (lines, head) = trail(5);
        let with = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
            let mut changed = lines.clone();
            change(&mut changed);
            changed
        };
        let edit = |line: &mut Vec<u8>| {
            let text = String::from_utf8(line.clone()).expect("text");
            *line = text.replace("number", "numbeR").into_bytes();
        };
        check(&with(&|all| edit(&mut all[1])), None, &["3: edited"]);
        // White space changes no value, and yet the bytes.
        check(&with(&|all| all[1].insert(1, b' ')), None, &["3: edited"]);
        check(&with(&|all| drop(all.remove(2))), None, &["3: cut 1"]);
        check(&with(&|all| drop(all.remove(0))), None, &["1: cut 1"]);
        check(&with(&|all| all.swap(1, 2)), None, &["2: cut 1", "3: moved 1", "4: cut 1"]);
        check(&with(&|all| all.insert(2, lines[1].clone())), None, &["3: moved 1"]);
        check(&with(&|all| all[3] = b"{}\n".to_vec()), None, &["4: unreadable", "5: edited"]);
        // The last line vouches for all others and is vouched for by the head alone.
        check(&with(&|all| edit(&mut all[4])), None, &[]);
        check(&with(&|all| edit(&mut all[4])), Some(&head), &["5: end 5"]);
        check(&with(&|all| all.truncate(3)), None, &[]);
        check(&with(&|all| all.truncate(3)), Some(&head), &["3: end 5"]);
        check(&[], Some(&head), &["0: end 5"]);
    }

    #[test]
    fn a_torn_last_line_is_reported_and_not_fatal() {
        let (lines, head) = trail(3);
        let (_, before) = trail(2);
        let all = lines.concat();
        let whole = lines[0].len() + lines[1].len();
        for length in whole + 1..all.len() {
            let report = verify(&all[..length], Some(&before));
            assert!(report.is_sound() && report.torn);
            assert_eq!((report.sound_bytes, report.head), (whole, before));
        }
        assert!(!verify(&all, Some(&head)).torn);
    }

    proptest! {
        /// Any one byte that changes is found.
        #[test]
        fn no_byte_may_change(place in 0..10_000_usize, bit in 0..8_u32) {
            let (lines, head) = trail(4);
            let mut all = lines.concat();
            let place = place % all.len();
            all[place] ^= 1 << bit;
            let report = verify(&all, Some(&head));
            prop_assert!(!report.is_sound());
            let end = |line: usize| lines.iter().take(line).map(Vec::len).sum::<usize>();
            let changed = (1..=lines.len()).find(|&line| place < end(line)).expect("a line");
            // It is told at that line, or at the next, which no longer vouches for it.
            let first = usize::try_from(report.breaks[0].line).expect("few");
            prop_assert!((changed - 1..=changed + 1).contains(&first), "{first} for {changed}");
        }
    }
}
