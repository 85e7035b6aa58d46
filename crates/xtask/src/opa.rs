//! The same small projects through `opa test` and `phasegate test`: every difference is printed.

use std::path::Path;
use std::process::Command;

use phasegate_fixtures::{OpaProject, opa_projects, opa_results};

use crate::run::{Failed, Runner};

/// Runs both on every project; without an `opa` on the PATH there is nothing to compare with.
pub(crate) fn run(runner: &Runner) -> Result<(), Failed> {
    let version = Command::new("opa").arg("version").output();
    let Ok(version) = version else {
        println!("there is no `opa` on the PATH; nothing was compared");
        return Ok(());
    };
    println!("{}", String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default());
    runner.step("build", &["build", "--package", "phasegate-cli"], &[])?;
    let ours = runner.root().join("target/debug/phasegate");
    let folder = runner.root().join("target/opa-projects");
    let projects = opa_projects();
    let mut different = 0;
    for project in &projects {
        let place = folder.join(&project.name);
        write(project, &place).map_err(|error| Failed(format!("{}: {error}", project.name)))?;
        let told = [Path::new("opa"), &ours].map(|program| outcome(program, project, &place));
        let [opa, phasegate] = told;
        let (opa, phasegate) = (opa?, phasegate?);
        if opa != phasegate {
            different += 1;
            println!(
                "\n{} ({})\n  opa:       {opa}\n  phasegate: {phasegate}",
                project.name, project.source
            );
        }
    }
    println!("\n{different} of {} projects differ", projects.len());
    Ok(())
}

fn write(project: &OpaProject, place: &Path) -> std::io::Result<()> {
    if place.exists() {
        std::fs::remove_dir_all(place)?;
    }
    for (name, text) in &project.files {
        let path = place.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(place))?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// The exit code and the results, on one line.
fn outcome(program: &Path, project: &OpaProject, place: &Path) -> Result<String, Failed> {
    let mut command = Command::new(program);
    command.args(["test", "--format=json"]).args(&project.args).arg(place);
    let output =
        command.output().map_err(|error| Failed(format!("{}: {error}", program.display())))?;
    let report = String::from_utf8_lossy(&output.stdout);
    let results = opa_results(&report).unwrap_or_default().join(", ");
    Ok(format!("exit {}: {results}", output.status.code().unwrap_or(-1)))
}
