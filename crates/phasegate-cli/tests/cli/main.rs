//! The command as its users meet it: the binary is run, and its output and exit code compared.

#![cfg(test)]

mod support;

mod actions;
mod audit;
mod batch;
mod batch_many;
mod boundaries;
mod cases;
mod check;
mod decide;
mod decide_input;
mod decide_limits;
mod decide_options;
mod eval;
mod eval_data;
mod explain;
mod health;
mod help;
mod impact;
mod inputs;
mod mutate;
mod observed;
mod plan_files;
mod readme;
mod silent;
mod simulate;
mod stats;
mod streams;
mod test;
mod test_opa;
mod triggers;
mod watch;
