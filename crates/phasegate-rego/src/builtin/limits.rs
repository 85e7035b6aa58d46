//! What builtins may take: little at the gate, where a message or a sum is made; more in queries.

/// The limits of the builtins, each for one call unless it says otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes that a text may grow to.
    pub(super) grown_bytes: usize,
    /// Elements of an array, entries of an object, and all that they hold.
    pub(super) grown_items: usize,
    /// Numbers of a range.
    pub(super) range: i64,
    /// Bytes of a text that is taken apart: each part takes a hundred times its letter.
    pub(super) split_bytes: usize,
    /// Bytes of a JSON text that is read: each of its values takes ten times its letters.
    pub(super) read_bytes: usize,
    /// Bytes of a pattern.
    pub(super) pattern_bytes: usize,
    /// Bytes of a text that is matched once.
    pub(super) matched_bytes: usize,
    /// Bytes of a text in which all matches are looked for, which takes time with its square.
    pub(super) searched_bytes: usize,
    /// Comparisons of a builtin that compares everything with everything.
    pub(super) steps: usize,
    /// A field's width or precision in `sprintf`.
    pub(super) width: usize,
    /// All of them together.
    pub(super) widths: usize,
    /// Places to shift by: the engine's integers have no end, and its time does.
    pub(super) shift: i64,
    /// Factors of a product.
    pub(super) factors: usize,
    /// Bits of a product: each factor makes it longer.
    pub(super) bits: u64,
    /// Bits of a number that is written out.
    pub(super) written_bits: u64,
    /// Bytes that all calls of one evaluation may give together.
    pub(super) total_bytes: usize,
}

impl Limits {
    /// At the gate a call takes a tenth of a second at worst, and numbers written out are those of
    /// a double.
    pub(crate) const GATE: Self = Self {
        grown_bytes: 16 << 20,
        grown_items: 1 << 20,
        range: 100_000,
        split_bytes: 1 << 20,
        read_bytes: 1 << 20,
        pattern_bytes: 1_000,
        matched_bytes: 64 << 10,
        searched_bytes: 8 << 10,
        steps: 50_000_000,
        width: 1_000,
        widths: 10_000,
        shift: 1_000,
        factors: 1_000,
        bits: 64_000,
        written_bits: 1_024,
        total_bytes: 1 << 30,
    };

    /// In queries: millions of elements, tens of megabytes, and seconds at worst.
    pub(crate) const QUERY: Self = Self {
        grown_bytes: 64 << 20,
        grown_items: 4 << 20,
        range: 4_000_000,
        split_bytes: 2 << 20,
        read_bytes: 8 << 20,
        pattern_bytes: 10_000,
        matched_bytes: 1 << 20,
        searched_bytes: 64 << 10,
        steps: 1_000_000_000,
        width: 1_000_000,
        widths: 4_000_000,
        shift: 100_000,
        factors: 100_000,
        bits: 1_000_000,
        written_bits: 64_000,
        total_bytes: 1 << 30,
    };
}
