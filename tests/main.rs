//! Tests that cross crates: one binary, one file per subject.

#![cfg(test)]

mod contract;
mod decision;
mod explanation;
mod holes;
mod planned;
mod scenarios;
mod schemas;
mod support;
mod threads;
mod traps;
