//! The benchmarks of statistics and their rivals in scipy, in one run and one table.

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use crate::run::{Failed, Runner, timed};

/// The rivals, pinned, so that numbers of different days compare.
const PACKAGES: [&str; 2] = ["numpy==2.4.6", "scipy==1.17.1"];

/// A case: its name on both sides, how many times faster than the rival it is meant to be, and the
/// pass over, or sort of, the same values that no method can go below.
struct Case {
    name: &'static str,
    aim: Option<f64>,
    limit: Option<&'static str>,
}

const fn case(name: &'static str, aim: Option<f64>, limit: Option<&'static str>) -> Case {
    Case { name, aim, limit }
}

const CASES: &[Case] = &[
    case("welch 2x1e6", Some(5.0), Some("sum of 2x1e6")),
    case("quantile difference 2x1e4", Some(1000.0), Some("sort of 2x1e4")),
    case("quantile difference 2x1e6", Some(1000.0), Some("sort of 2x1e6")),
    case("mann-whitney 2x1e6", Some(6.0), Some("sort of 2x1e6")),
    case("hodges-lehmann 2x1e4", None, Some("sort of 2x1e4")),
    case("permutation 2x1e4", Some(20.0), None),
    case("sign flip 1e4", None, None),
    case("bca mean 1e4", None, None),
    case("logarithmic histogram 1e6", None, Some("sum of 1e6")),
    case("classic histogram 1e6", None, Some("sum of 1e6")),
    case("fisher 2x1e5", Some(100.0), None),
    case("mcnemar exact", Some(100.0), None),
    case("binomial exact", Some(100.0), None),
    case("clopper-pearson", Some(100.0), None),
    case("welch from moments", Some(100.0), None),
    case("poisson rate ratio", Some(100.0), None),
    case("spending bounds, 5 looks", None, None),
    case("miettinen-nurminen 2x1e5", None, None),
    case("tango", None, None),
];

/// Measures both sides and prints the table.
pub(crate) fn run(runner: &Runner) -> Result<(), Failed> {
    let bench = ["bench", "--package", "phasegate-benches", "--bench", "stats"];
    runner.step("bench", &bench, &[])?;
    let target = runner.target();
    let python = environment(runner, &target.join("bench-venv"))?;
    let mut rivals = Map::new();
    let script = "benches/stats_scipy.py";
    timed("rivals", script, || {
        let mut command = Command::new(&python);
        // One thread, as ours.
        command.arg(script).current_dir(runner.root()).env("OMP_NUM_THREADS", "1");
        let output = command.output().map_err(|error| failed(&error))?;
        if !output.status.success() {
            return Err(Failed(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        rivals = serde_json::from_slice(&output.stdout).map_err(|error| failed(&error))?;
        Ok(())
    })?;
    println!("{}", table(&target.join("criterion"), &rivals)?);
    Ok(())
}

fn failed(error: &impl std::fmt::Display) -> Failed {
    Failed(error.to_string())
}

/// Prints the rivals that an environment has, as they are pinned.
const VERSIONS: &str = "from importlib.metadata import version
for name in ['numpy', 'scipy']: print(name, version(name), sep='==')";

/// Whether these are the pinned ones: numbers of another version are no comparison.
fn is_pinned(printed: &[u8]) -> bool {
    String::from_utf8_lossy(printed).lines().eq(PACKAGES)
}

/// The interpreter of a virtual environment with the pinned rivals, made, or brought to these
/// versions, when it is not there.
fn environment(runner: &Runner, folder: &Path) -> Result<std::path::PathBuf, Failed> {
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let made = Command::new(&python).args(["-c", VERSIONS]).output();
    if made.is_ok_and(|output| output.status.success() && is_pinned(&output.stdout)) {
        return Ok(python);
    }
    timed("environment", "python3 -m venv, pip install", || {
        let status = Command::new("python3").args(["-m", "venv"]).arg(folder).status();
        expect_success(status, "`python3 -m venv`")?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES).current_dir(runner.root());
        expect_success(pip.status(), "`pip install`")
    })?;
    Ok(python)
}

fn expect_success(
    status: std::io::Result<std::process::ExitStatus>,
    what: &str,
) -> Result<(), Failed> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed(format!("{what} failed ({status})"))),
        Err(error) => Err(Failed(format!("{what} did not start ({error})"))),
    }
}

/// What criterion measured last, the median in seconds.
fn measured(criterion: &Path, group: &str, name: &str) -> Result<f64, Failed> {
    let path = criterion.join(group).join(name).join("new/estimates.json");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failed(format!("{}: {error}", path.display())))?;
    let estimates: Value = serde_json::from_str(&text).map_err(|error| failed(&error))?;
    let nanoseconds = estimates.pointer("/median/point_estimate").and_then(Value::as_f64);
    nanoseconds
        .map(|time| time * 1e-9)
        .ok_or_else(|| Failed(format!("{}: no median", path.display())))
}

fn table(criterion: &Path, rivals: &Map<String, Value>) -> Result<String, Failed> {
    let mut lines = vec![row(["case", "ours", "scipy", "ratio", "aim", "limit", "ours/limit"])];
    for Case { name, aim, limit } in CASES {
        let ours = measured(criterion, "stats", name)?;
        let rival = rivals.get(*name).and_then(Value::as_f64);
        let limit = limit.map(|limit| measured(criterion, "limit", limit)).transpose()?;
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        lines.push(row([
            name,
            &time(ours),
            &or_none(rival.map(time)),
            &or_none(rival.map(|rival| format!("{:.1}", rival / ours))),
            &or_none(aim.map(|aim| format!("{aim}"))),
            &or_none(limit.map(time)),
            &or_none(limit.map(|limit| format!("{:.1}", ours / limit))),
        ]));
    }
    Ok(lines.join("\n"))
}

fn row(cells: [&str; 7]) -> String {
    let [name, rest @ ..] = cells;
    let rest = rest.map(|cell| format!("{cell:>11}"));
    format!("{name:<26}{}", rest.concat())
}

/// A time with a unit that leaves few digits.
fn time(seconds: f64) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "us")];
    let found = units.into_iter().find(|(unit, _)| seconds >= *unit);
    let (unit, name) = found.unwrap_or((1e-9, "ns"));
    format!("{:.3} {name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_fitting_unit() {
        for (seconds, want) in
            [(2.5, "2.500 s"), (0.0025, "2.500 ms"), (2.5e-6, "2.500 us"), (2.5e-8, "25.000 ns")]
        {
            assert_eq!(time(seconds), want);
        }
    }

    #[test]
    fn an_environment_of_other_versions_is_made_anew() {
        let [numpy, scipy] = PACKAGES;
        assert!(is_pinned(format!("{numpy}\n{scipy}\n").as_bytes()));
        for other in [format!("{numpy}\nscipy==1.16.0\n"), format!("{numpy}\n"), String::new()] {
            assert!(!is_pinned(other.as_bytes()), "{other}");
        }
        for package in PACKAGES {
            let (name, _) = package.split_once("==").unwrap_or((package, ""));
            assert!(VERSIONS.contains(&format!("'{name}'")), "{name}");
        }
    }

    #[test]
    fn every_case_has_its_benchmark_and_those_with_an_aim_their_rival() {
        let benches = include_str!("../../../benches/stats.rs");
        let rivals = include_str!("../../../benches/stats_scipy.py");
        for Case { name, aim, limit } in CASES {
            assert!(benches.contains(&format!("\"{name}\"")), "{name}");
            assert!(aim.is_none() || rivals.contains(&format!("\"{name}\"")), "{name}");
            assert!(limit.is_none_or(|limit| benches.contains(&format!("\"{limit}\""))), "{name}");
        }
    }
}
