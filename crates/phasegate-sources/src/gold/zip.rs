//! Members of a zip archive (PKWARE, APPNOTE 6.3.10), unpacked in memory within bounds.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use ruzstd::decoding::StreamingDecoder;

/// How many members an archive may have.
const MAX_MEMBERS: usize = 200_000;

/// The end of the central directory: its record without a comment, and the longest comment.
const END: usize = 22;
const MAX_COMMENT: usize = 0xffff;

/// An archive whose directory was read.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    members: BTreeMap<&'a str, Member>,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    method: u16,
    encrypted: bool,
    check: u32,
    stored: usize,
    size: usize,
    /// Where its local header is.
    at: usize,
}

impl<'a> Archive<'a> {
    /// Reads the directory of an archive.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, String> {
        let damaged = || "the archive is damaged or cut off; copy it anew".to_owned();
        let earliest = bytes.len().saturating_sub(END + MAX_COMMENT);
        let end = (earliest..=bytes.len().saturating_sub(END))
            .rev()
            .find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"PK\x05\x06")))
            .ok_or_else(damaged)?;
        let count = usize::from(u16_at(bytes, end + 10).ok_or_else(damaged)?);
        let mut at = size_at(bytes, end + 16).ok_or_else(damaged)?;
        if count == 0xffff || at == 0xffff_ffff {
            return Err("the archive is a zip64 one; pack its members anew".to_owned());
        }
        if count > MAX_MEMBERS {
            return Err(format!("the archive has more than {MAX_MEMBERS} members"));
        }
        let mut members = BTreeMap::new();
        for _ in 0..count {
            let (name, member, next) = entry(bytes, at).ok_or_else(damaged)?;
            let name =
                std::str::from_utf8(name).map_err(|_| "a member's name is not UTF-8".to_owned())?;
            if members.insert(name, member).is_some() {
                return Err(format!("the archive has `{}` twice", crate::shorten(name)));
            }
            at = next;
        }
        Ok(Self { bytes, members })
    }

    /// The names of the members, in ascending order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.keys().copied()
    }

    /// A member's bytes, if there is one of this name.
    pub(super) fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, String> {
        let Some(member) = self.members.get(name) else { return Ok(None) };
        let name = crate::shorten(name);
        let damaged = || format!("the member `{name}` is damaged; copy the archive anew");
        if member.encrypted {
            return Err(format!("the member `{name}` is encrypted"));
        }
        if member.size > limit {
            return Err(format!("the member `{name}` unpacks to too many bytes"));
        }
        let stored = self.stored(member).ok_or_else(damaged)?;
        let mut bytes = Vec::new();
        // One byte more than it says, to see that it ends there.
        let bound = member.size as u64 + 1;
        let read = match member.method {
            0 => stored.take(bound).read_to_end(&mut bytes),
            8 => DeflateDecoder::new(stored).take(bound).read_to_end(&mut bytes),
            93 => StreamingDecoder::new(stored)
                .map_err(|_| damaged())?
                .take(bound)
                .read_to_end(&mut bytes),
            other => return Err(format!("the member `{name}` is packed by method {other}")),
        };
        let mut check = Crc::new();
        check.update(&bytes);
        if read.is_err() || bytes.len() != member.size || check.sum() != member.check {
            return Err(damaged());
        }
        Ok(Some(bytes))
    }

    fn stored(&self, member: &Member) -> Option<&'a [u8]> {
        let header = self.bytes.get(member.at..)?;
        header.starts_with(b"PK\x03\x04").then_some(())?;
        let name = usize::from(u16_at(header, 26)?);
        let extra = usize::from(u16_at(header, 28)?);
        let start = 30 + name + extra;
        header.get(start..start.checked_add(member.stored)?)
    }
}

/// A directory entry: its name, the member, and where the next one is.
fn entry(bytes: &[u8], at: usize) -> Option<(&[u8], Member, usize)> {
    let entry = bytes.get(at..)?;
    entry.starts_with(b"PK\x01\x02").then_some(())?;
    let name = usize::from(u16_at(entry, 28)?);
    let rest = usize::from(u16_at(entry, 30)?) + usize::from(u16_at(entry, 32)?);
    let member = Member {
        encrypted: u16_at(entry, 8)? & 1 == 1,
        method: u16_at(entry, 10)?,
        check: u32_at(entry, 16)?,
        stored: size_at(entry, 20)?,
        size: size_at(entry, 24)?,
        at: size_at(entry, 42)?,
    };
    Some((entry.get(46..46 + name)?, member, at.checked_add(46 + name + rest)?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|field| u16::from_le_bytes(*field))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|field| u32::from_le_bytes(*field))
}

fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(bytes, at)?).ok()
}
