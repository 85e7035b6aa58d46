//! The stable binary form: a tag of four bytes, then fields of eight bytes each, least significant
//! byte first; a text is its length and its bytes.

use crate::error::{Error, ErrorKind};

/// Writes fields.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(tag: [u8; 4]) -> Self {
        Self { bytes: tag.to_vec() }
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn i64(&mut self, value: i64) -> &mut Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn f64(&mut self, value: f64) -> &mut Self {
        // Equal numbers have equal bytes: there is one zero.
        self.bytes.extend((value + 0.0).to_le_bytes());
        self
    }

    /// A length in bytes, then the bytes.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.u64(text.len() as u64);
        self.bytes.extend(text.as_bytes());
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads fields.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], tag: [u8; 4]) -> Result<Self, Error> {
        match bytes.split_first_chunk::<4>() {
            Some((first, rest)) if *first == tag => Ok(Self { rest }),
            _ => {
                let name = tag.escape_ascii();
                Err(malformed(&format!("the bytes do not begin with the tag `{name}`")))
            }
        }
    }

    fn field(&mut self) -> Result<[u8; 8], Error> {
        let (field, rest) =
            self.rest.split_first_chunk::<8>().ok_or_else(|| malformed("the bytes end early"))?;
        self.rest = rest;
        Ok(*field)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(self.field()?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Error> {
        Ok(i64::from_le_bytes(self.field()?))
    }

    pub(crate) fn f64(&mut self) -> Result<f64, Error> {
        Ok(f64::from_le_bytes(self.field()?))
    }

    /// A length, of which each element takes at least `size` bytes that must still be there.
    pub(crate) fn length(&mut self, size: usize) -> Result<usize, Error> {
        let length = self.u64()?;
        match usize::try_from(length) {
            Ok(length) if length <= self.rest.len() / size => Ok(length),
            _ => Err(malformed("the bytes end before the length they announce")),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        let length = self.length(1)?;
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        let text = std::str::from_utf8(text).map_err(|_| malformed("a name is not UTF-8"))?;
        Ok(text.to_owned())
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(malformed("bytes follow the last field")) }
    }
}

pub(crate) fn malformed(message: &str) -> Error {
    Error::new(ErrorKind::Malformed, message)
}
