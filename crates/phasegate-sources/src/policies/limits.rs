//! How large a policy set may be. Beyond a limit reading stops; nothing is cut off silently.

/// Bytes of one `.rego` file: 1 MiB.
pub const MAX_REGO_FILE_BYTES: u64 = 1 << 20;

/// Bytes of one data file (`data.json`, `data.yaml`) or input schema: 16 MiB, a full set.
pub const MAX_DATA_FILE_BYTES: u64 = MAX_SET_BYTES;

/// Bytes of a `.manifest`: 256 KiB.
pub const MAX_MANIFEST_BYTES: u64 = 256 << 10;

/// Bytes of everything that is kept from one set: 16 MiB.
pub const MAX_SET_BYTES: u64 = 16 << 20;

/// Bytes that an archive may unpack to: 64 MiB. That is a full set, the headers of all its
/// entries, and room for what other tools put beside it (compiled policies, notes).
pub const MAX_UNPACKED_BYTES: u64 = 64 << 20;

/// Bytes of an archive as it lies on disk: 64 MiB, for gzip makes nothing larger that matters.
pub const MAX_ARCHIVE_BYTES: u64 = 64 << 20;

/// Entries of an archive, or files and folders of a directory, whether kept or not: 10,000.
pub const MAX_ENTRIES: usize = 10_000;

/// How deep folders may nest: 32.
pub const MAX_DEPTH: usize = 32;
