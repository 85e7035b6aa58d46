//! Bytes of a file or of standard input: hashed as they are stored, unpacked where they are
//! compressed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use phasegate_core::Digest;
use phasegate_core::observations::Compression;
use ruzstd::decoding::StreamingDecoder;
use sha2::{Digest as _, Sha256};

use crate::SourceError;

/// The first bytes of what gzip wrote (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The first bytes of a Zstandard frame (RFC 8878, section 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How many bytes are read at once.
const BLOCK: usize = 1 << 18;

/// The name of standard input.
pub(crate) const STANDARD_INPUT: &str = "-";

/// How far reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file, as it was named.
    pub path: &'a str,
    /// How many of its bytes were read, as they are stored.
    pub read: u64,
    /// How many there are; unknown for standard input.
    pub total: Option<u64>,
}

/// Who is told how far reading is.
pub type Watch<'a> = &'a mut dyn FnMut(Progress<'_>);

/// A stream that is read to its end.
pub(crate) struct Stream<'a> {
    decoder: Decoder<'a>,
    name: &'a str,
}

type Stored<'a> = BufReader<Tap<'a>>;

enum Decoder<'a> {
    Plain(Box<Stored<'a>>),
    Gzip(Box<MultiGzDecoder<Stored<'a>>>),
    Zstd(Box<StreamingDecoder<Stored<'a>, ruzstd::decoding::FrameDecoder>>),
    /// Between two frames, or after a failure.
    Done,
}

/// Hashes and counts what is read.
struct Tap<'a> {
    inner: Box<dyn Read + 'a>,
    hash: Sha256,
    progress: Progress<'a>,
    watch: Option<Watch<'a>>,
}

impl Read for Tap<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        self.progress.read += read as u64;
        if let Some(watch) = &mut self.watch {
            watch(self.progress);
        }
        Ok(read)
    }
}

impl<'a> Stream<'a> {
    /// Opens what is called `name` at `path`; standard input when there is no path.
    pub(crate) fn open(
        name: &'a str,
        path: Option<&Path>,
        compression: Option<Compression>,
        watch: Option<Watch<'a>>,
    ) -> Result<Self, SourceError> {
        let (inner, total): (Box<dyn Read>, _) = match path {
            None => (Box::new(io::stdin().lock()), None),
            Some(path) => {
                let file = File::open(path).map_err(SourceError::io(path))?;
                let meta = file.metadata().map_err(SourceError::io(path))?;
                if meta.is_dir() {
                    let problem = "it is a folder; give a file".to_owned();
                    return Err(SourceError::unusable(name, problem));
                }
                (Box::new(file), meta.is_file().then_some(meta.len()))
            }
        };
        Self::of(name, inner, total, compression, watch)
    }

    /// Of bytes from anywhere.
    pub(crate) fn of(
        name: &'a str,
        inner: Box<dyn Read + 'a>,
        total: Option<u64>,
        compression: Option<Compression>,
        watch: Option<Watch<'a>>,
    ) -> Result<Self, SourceError> {
        let progress = Progress { path: name, read: 0, total };
        let tap = Tap { inner, hash: Sha256::new(), progress, watch };
        let mut stored = BufReader::with_capacity(BLOCK, tap);
        let head = stored.fill_buf().map_err(|error| failed(name, &error))?;
        let compression = compression.map_or_else(|| sniff(head), Ok);
        let decoder = match compression {
            Ok(Compression::Gzip) => Decoder::Gzip(Box::new(MultiGzDecoder::new(stored))),
            Ok(Compression::Zstd) => Decoder::Zstd(frame(name, stored)?),
            Ok(_) => Decoder::Plain(Box::new(stored)),
            Err(problem) => return Err(SourceError::unusable(name, problem.to_owned())),
        };
        Ok(Self { decoder, name })
    }

    /// Reads into the buffer; 0 at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        loop {
            let read = match &mut self.decoder {
                Decoder::Plain(stored) => stored.read(buffer),
                Decoder::Gzip(decoder) => decoder.read(buffer),
                Decoder::Zstd(decoder) => decoder.read(buffer),
                Decoder::Done => return Ok(0),
            };
            match read {
                Ok(0) if !buffer.is_empty() => {
                    if !self.next_frame()? {
                        return Ok(0);
                    }
                }
                Ok(read) => return Ok(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(self.name, &error)),
            }
        }
    }

    /// Reads all that is left, up to so many bytes; none beyond that.
    pub(crate) fn read_up_to(&mut self, limit: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let mut bytes = Vec::new();
        let mut block = vec![0; BLOCK];
        loop {
            let read = self.read(&mut block)?;
            if read == 0 {
                return Ok(Some(bytes));
            }
            if bytes.len() + read > limit {
                return Ok(None);
            }
            bytes.extend(block.get(..read).unwrap_or_default());
        }
    }

    /// The digest of the bytes as they are stored, all of them.
    pub(crate) fn finish(self) -> Result<Digest, SourceError> {
        let name = self.name;
        let mut stored = match self.decoder {
            Decoder::Plain(stored) => *stored,
            Decoder::Gzip(decoder) => decoder.into_inner(),
            Decoder::Zstd(decoder) => decoder.into_inner(),
            Decoder::Done => {
                return Err(SourceError::unusable(name, "it could not be read to its end".into()));
            }
        };
        // What follows a gzip stream belongs to the file too.
        io::copy(&mut stored, &mut io::sink()).map_err(|error| failed(name, &error))?;
        Ok(digest(stored.into_inner().hash))
    }

    /// A Zstandard file may hold several frames, one after the other.
    fn next_frame(&mut self) -> Result<bool, SourceError> {
        let Decoder::Zstd(_) = &self.decoder else { return Ok(false) };
        let Decoder::Zstd(decoder) = std::mem::replace(&mut self.decoder, Decoder::Done) else {
            return Ok(false);
        };
        let mut stored = decoder.into_inner();
        let more = !stored.fill_buf().map_err(|error| failed(self.name, &error))?.is_empty();
        self.decoder = if more {
            Decoder::Zstd(frame(self.name, stored)?)
        } else {
            Decoder::Plain(Box::new(stored))
        };
        Ok(more)
    }
}

fn frame<'a>(
    name: &str,
    stored: Stored<'a>,
) -> Result<Box<StreamingDecoder<Stored<'a>, ruzstd::decoding::FrameDecoder>>, SourceError> {
    StreamingDecoder::new(stored).map(Box::new).map_err(|_| {
        let problem = "it is not Zstandard, or damaged; copy it anew".to_owned();
        SourceError::unusable(name, problem)
    })
}

fn sniff(head: &[u8]) -> Result<Compression, &'static str> {
    if head.starts_with(&GZIP) {
        Ok(Compression::Gzip)
    } else if head.starts_with(&ZSTD) {
        Ok(Compression::Zstd)
    } else if head.starts_with(&[0x28, 0xb5, 0x2f]) || head.starts_with(b"BZh") {
        Err("it is compressed in a way that is not read; use gzip or Zstandard")
    } else {
        Ok(Compression::None)
    }
}

fn failed(name: &str, error: &io::Error) -> SourceError {
    let kind = error.kind();
    let damaged = matches!(
        kind,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    );
    // Decoders say "other" for what they do not understand.
    if damaged || kind == io::ErrorKind::Other {
        return SourceError::unusable(name, "its compression is damaged; copy it anew".to_owned());
    }
    SourceError::Io { path: PathBuf::from(name), source: io::Error::from(kind) }
}

/// A finished hash as a digest.
fn digest(hash: Sha256) -> Digest {
    let hex = hash.finalize().iter().fold(String::from("sha256:"), |mut text, byte| {
        text.extend(
            [byte >> 4, byte & 15]
                .map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or_default()),
        );
        text
    });
    // It is what a digest's text is, so that the other way is never taken.
    hex.parse().unwrap_or_else(|_| Digest::of(hex.as_bytes()))
}
