//! Tests that cross crates: one binary, one file per subject.

#![cfg(test)]

mod builtins;
mod characteristics;
mod contract;
mod decision;
mod explanation;
mod fuzz_targets;
mod holes;
mod planned;
mod scenarios;
mod schemas;
mod support;
mod threads;
mod traps;
mod watched;
