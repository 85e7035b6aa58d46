//! Actions as commands: what an operator would paste into a shell. Nothing is executed.

use serde_json::{Value, json};

use super::kind::{Action, Workload};
use super::target::Target;

/// An action as a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The action's name.
    pub action: &'static str,
    /// The command; absent when the target does not name what it needs.
    pub command: Option<String>,
    /// What to know about it: until when, what to do by hand.
    pub note: Option<String>,
}

/// The actions as commands, in the same order, with the names of a target.
#[must_use]
pub fn render(actions: &[Action], target: &Target) -> Vec<Rendered> {
    actions.iter().map(|action| one(action, target)).collect()
}

/// A text as one word of a POSIX shell: bare where nothing in it is special, else in single quotes.
///
/// ```
/// use phasegate_core::action::shell_quote;
/// assert_eq!(shell_quote("code-review"), "code-review");
/// assert_eq!(shell_quote("it's $(here)"), r"'it'\''s $(here)'");
/// ```
#[must_use]
pub fn shell_quote(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(&byte);
    // A tilde or an equals sign in front is special to some shells.
    if !text.is_empty() && !text.starts_with(['=', '~']) && text.bytes().all(plain) {
        return text.to_owned();
    }
    // NUL cannot stand in an argument at all.
    format!("'{}'", text.replace('\0', "").replace('\'', r"'\''"))
}

fn one(action: &Action, target: &Target) -> Rendered {
    let mut note = None;
    let words: Option<Vec<String>> = match action {
        Action::SetImage { image } => {
            let container = target.container.as_ref().unwrap_or(&target.rollout);
            rollouts(target, &["set", "image"], &[format!("{container}={image}")])
        }
        Action::PromoteStep { percent } => {
            note = Some(format!("the next step has {percent} % of the traffic"));
            rollouts(target, &["promote"], &[])
        }
        Action::PromoteInFull {} => rollouts(target, &["promote"], &["--full".to_owned()]),
        Action::Abort {} => rollouts(target, &["abort"], &[]),
        Action::Undo { revision } => {
            let revision = revision.map(|revision| format!("--to-revision={revision}"));
            rollouts(target, &["undo"], &revision.into_iter().collect::<Vec<_>>())
        }
        Action::VerifyStatus {} => rollouts(target, &["status"], &["--timeout=5m".to_owned()]),
        Action::PauseEvaluation { until } => {
            note = until.map(|until| format!("until {until}"));
            Some(config(target, "shadow_percentage", "0"))
        }
        Action::ResumeEvaluation { percent } => {
            Some(config(target, "shadow_percentage", &percent.to_string()))
        }
        Action::EnableFallback {} => Some(config(target, "fallback_enabled", "true")),
        Action::ScaleShadowDown {} => scale(target, Workload::Shadow, 0),
        Action::ScaleStableUp { replicas } => scale(target, Workload::Stable, *replicas),
        Action::UndoDeployment { workload } => rollout_of(target, "undo", *workload),
        Action::Restart { workload } => rollout_of(target, "restart", *workload),
        Action::UpdateBaseline { version, content } => {
            post(target, "baseline", &json!({"version": version, "content": content}))
        }
        Action::WriteAudit { event, field, version, reason, decision } => {
            let mut body = json!({"event": event, "version": version, "reason": reason});
            if let Some(object) = body.as_object_mut() {
                object.insert(field.as_str().to_owned(), json!(target.actor));
                if let Some(decision) = decision {
                    object.insert("decision".to_owned(), json!(decision));
                }
            }
            post(target, "audit", &body)
        }
        Action::Quarantine { version, content, reason, operator_only } => post(
            target,
            "quarantine",
            &json!({
                "version": version,
                "content": content,
                "reason": reason,
                "operator_only": operator_only,
            }),
        ),
        Action::OpenRepairIssue { title, body } => {
            target.issues_url.as_ref().map(|url| curl(url, &json!({"title": title, "body": body})))
        }
    };
    if words.is_none() {
        note = Some(format!(
            "the target does not name what this needs; do it by hand: {}",
            serde_json::to_string(action).unwrap_or_default()
        ));
    }
    let command =
        words.map(|words| words.iter().map(|word| shell_quote(word)).collect::<Vec<_>>().join(" "));
    Rendered { action: action.name(), command, note }
}

/// A word of the plugin, the rollout, what follows, the namespace. All names stand where they
/// cannot be taken for an option.
fn rollouts(target: &Target, verb: &[&str], rest: &[String]) -> Option<Vec<String>> {
    if target.rollout.starts_with('-') {
        return None;
    }
    let mut words = vec!["kubectl".to_owned(), "argo".to_owned(), "rollouts".to_owned()];
    words.extend(verb.iter().map(|&word| word.to_owned()));
    words.push(target.rollout.clone());
    words.extend(rest.iter().cloned());
    words.push(namespace(target));
    Some(words)
}

fn namespace(target: &Target) -> String {
    format!("--namespace={}", target.namespace)
}

fn config(target: &Target, key: &str, value: &str) -> Vec<String> {
    let patch = json!({"data": {key: value}});
    vec![
        "kubectl".to_owned(),
        "patch".to_owned(),
        format!("configmap/{}", target.config_map),
        namespace(target),
        "--type=merge".to_owned(),
        format!("--patch={patch}"),
    ]
}

fn deployment(target: &Target, workload: Workload) -> Option<String> {
    let name = match workload {
        Workload::Stable => &target.stable_deployment,
        Workload::Shadow => &target.shadow_deployment,
        Workload::Evaluator => &target.evaluator_deployment,
        Workload::Policy => &target.policy_deployment,
    };
    name.as_ref().map(|name| format!("deployment/{name}"))
}

fn scale(target: &Target, workload: Workload, replicas: u32) -> Option<Vec<String>> {
    // Where the rollout runs the stable version it is the rollout that is scaled.
    let what = match (workload, deployment(target, workload)) {
        (_, Some(what)) => what,
        (Workload::Stable, None) => format!("rollouts.argoproj.io/{}", target.rollout),
        (Workload::Shadow | Workload::Evaluator | Workload::Policy, None) => return None,
    };
    Some(vec![
        "kubectl".to_owned(),
        "scale".to_owned(),
        what,
        format!("--replicas={replicas}"),
        namespace(target),
    ])
}

fn rollout_of(target: &Target, verb: &str, workload: Workload) -> Option<Vec<String>> {
    let Some(what) = deployment(target, workload) else {
        return (workload == Workload::Stable).then(|| rollouts(target, &[verb], &[])).flatten();
    };
    Some(vec!["kubectl".to_owned(), "rollout".to_owned(), verb.to_owned(), what, namespace(target)])
}

fn post(target: &Target, path: &str, body: &Value) -> Option<Vec<String>> {
    let url = target.lifecycle_url.as_ref()?;
    Some(curl(&format!("{}/{path}", url.trim_end_matches('/')), body))
}

fn curl(url: &str, body: &Value) -> Vec<String> {
    ["curl", "--fail-with-body", "--silent", "--show-error", "--request", "POST"]
        .into_iter()
        .map(str::to_owned)
        .chain([
            "--header".to_owned(),
            "Content-Type: application/json".to_owned(),
            // Two words each: older versions know no other form. `--data` would read a file where
            // the text begins with `@`; JSON never does.
            "--data".to_owned(),
            body.to_string(),
            "--url".to_owned(),
            url.to_owned(),
        ])
        .collect()
}
