#![no_main]

#[expect(dead_code, reason = "each target runs one of the bodies")]
#[path = "../bodies.rs"]
mod bodies;

use libfuzzer_sys::fuzz_target;
use phasegate_core::observations::RowFormat;

fuzz_target!(|bytes: &[u8]| bodies::log(RowFormat::Jsonl, bytes));
