//! What a policy may be at most, in one place.
//!
//! The engine's parser goes back and tries again at every bracket, so that its time doubles with
//! each level of nesting, and both parser and evaluator recurse along nested and chained
//! expressions. Nothing inside the engine bounds either. These limits do, before the parser sees a
//! byte; each is far beyond what people write, and far below what hurts.

/// Bytes in one file: the engine's own default.
pub const MAX_FILE_BYTES: usize = 1 << 20;

/// Lines in one file: the engine's own default.
pub const MAX_LINES: usize = 20_000;

/// Characters in one line. OPA has no such limit and the engine stops at 1,024, which long patterns
/// and generated tables do exceed. A finding quotes its line, so that a set with many faults on a
/// line of a mebibyte would fill the memory.
pub const MAX_COLUMNS: usize = 4_096;

/// Bytes in all the files of a set together.
pub const MAX_SET_BYTES: usize = 16 << 20;

/// Rule statements in all the files of a set together.
pub const MAX_SET_RULES: usize = 20_000;

/// Brackets inside brackets. The parser recurses through a dozen of its functions for each; 48
/// levels use less than half of a thread's 2 MiB stack even in a build without optimization.
pub const MAX_NESTING: usize = 48;

/// The height of one expression's tree: operators, calls and steps in a row, plus those of the
/// brackets inside. Everything that walks a tree recurses as deep, the engine's evaluator included.
pub const MAX_HEIGHT: u32 = 128;

/// How many tokens the parser may look at, going back included, in one file. A file of 1 MiB of
/// nothing but `[1],` stays below 11 million; a parser visit takes about a tenth of a microsecond.
pub const MAX_FILE_WORK: u64 = 12_000_000;

/// The same for all the files of a set together: a set of 16 MiB without much nesting stays below
/// it.
pub const MAX_SET_WORK: u64 = 48_000_000;

/// Statements in one body: ordering them takes the engine time with the square of their number.
pub const MAX_STATEMENTS: u32 = 1_000;

/// Arguments of one call or function: the parser compares each name with each.
pub const MAX_ARGUMENTS: u32 = 255;

/// Imports of one file: the parser compares each with each.
pub const MAX_IMPORTS: u32 = 500;

/// Characters of one number, and its exponent's absolute value: the engine keeps exact integers,
/// and writes `0e2000000000` out digit by digit.
pub const MAX_NUMBER_CHARS: usize = 400;
/// See [`MAX_NUMBER_CHARS`].
pub const MAX_EXPONENT: u32 = 400;
