//! Every policy that we ship has its tests beside it.

use super::fault::Fault;
use super::tree::Tree;
use super::workspace::Workspace;

pub(crate) fn check(tree: &Tree, _: &Workspace) -> Vec<Fault> {
    let shipped = tree.ending(".rego").map(|(file, _)| file);
    let shipped =
        shipped.filter(|file| file.starts_with("policies/") && !file.ends_with("_test.rego"));
    let mut faults = Vec::new();
    for file in shipped {
        let test = format!("{}_test.rego", file.trim_end_matches(".rego"));
        if !tree.has(&test) {
            let problem = "the policy has no test beside it";
            faults.push(Fault::new(file, 0, problem, format!("write `{test}`")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, tree, workspace};
    use super::*;

    #[test]
    fn policies_have_tests() {
        let good = tree(&[
            ("policies/lifecycle/a.rego", ""),
            ("policies/lifecycle/a_test.rego", ""),
            ("policies/lifecycle/whole_test.rego", ""),
            ("fixtures/traps/missing.rego", ""),
        ]);
        expect(&check(&good, &workspace(&[])), &[]);
        let bad = tree(&[("policies/a.rego", ""), ("policies/b_test.rego", "")]);
        expect(&check(&bad, &workspace(&[])), &["policies/a.rego:0: no test"]);
    }
}
