//! Literal arguments whose type a builtin never takes: OPA's type checker refuses them, too.
//!
//! Only what is written out is looked at; the type of anything else is known when it is evaluated.

use super::builtins;
use super::index::Callee;
use super::scope::{Scope, Visitor, walk_rule};
use super::{Context, Findings};
use crate::diagnostic::Code;
use crate::syntax::{Expr, ExprKind, Module, Scalar};

/// A type of Rego.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    Boolean,
    Number,
    Text,
    Array,
    Set,
    Object,
}

use Type::{Array, Boolean, Null, Number, Object, Set, Text};

impl Type {
    fn with_article(self) -> &'static str {
        match self {
            Null => "null",
            Boolean => "a boolean",
            Number => "a number",
            Text => "a text",
            Array => "an array",
            Set => "a set",
            Object => "an object",
        }
    }
}

/// The types that a parameter takes, as OPA declares them.
type Takes = &'static [Type];

const ANY: Takes = &[Null, Boolean, Number, Text, Array, Set, Object];
const ARRAY: Takes = &[Array];
const COLLECTION: Takes = &[Array, Set, Object];
const COUNTED: Takes = &[Array, Set, Object, Text];
const DOCUMENT: Takes = &[Object, Text];
const LIST: Takes = &[Array, Set];
const NUMBER: Takes = &[Number];
const OBJECT: Takes = &[Object];
const SCALAR: Takes = &[Null, Boolean, Number, Text];
const SEPARATORS: Takes = &[Array, Null];
const SET: Takes = &[Set];
const TEXT: Takes = &[Text];
const TEXTS: Takes = &[Text, Array, Set];
const TIME: Takes = &[Number, Array];

/// The builtins that may be called somewhere and do not take anything, sorted by name. Parameters
/// that take anything are left out at the end.
const PARAMETERS: &[(&str, &[Takes])] = &[
    ("abs", &[NUMBER]),
    ("array.concat", &[ARRAY, ARRAY]),
    ("array.flatten", &[ARRAY]),
    ("array.reverse", &[ARRAY]),
    ("array.slice", &[ARRAY, NUMBER, NUMBER]),
    ("base64.decode", &[TEXT]),
    ("base64.encode", &[TEXT]),
    ("base64.is_valid", &[TEXT]),
    ("base64url.decode", &[TEXT]),
    ("base64url.encode", &[TEXT]),
    ("base64url.encode_no_pad", &[TEXT]),
    ("bits.and", &[NUMBER, NUMBER]),
    ("bits.lsh", &[NUMBER, NUMBER]),
    ("bits.negate", &[NUMBER]),
    ("bits.or", &[NUMBER, NUMBER]),
    ("bits.rsh", &[NUMBER, NUMBER]),
    ("bits.xor", &[NUMBER, NUMBER]),
    ("ceil", &[NUMBER]),
    ("concat", &[TEXT, LIST]),
    ("contains", &[TEXT, TEXT]),
    ("count", &[COUNTED]),
    ("crypto.hmac.equal", &[TEXT, TEXT]),
    ("crypto.hmac.sha256", &[TEXT, TEXT]),
    ("crypto.sha256", &[TEXT]),
    ("endswith", &[TEXT, TEXT]),
    ("floor", &[NUMBER]),
    ("format_int", &[NUMBER, NUMBER]),
    ("glob.match", &[TEXT, SEPARATORS, TEXT]),
    ("glob.quote_meta", &[TEXT]),
    ("graph.reachable", &[OBJECT, LIST]),
    ("graph.reachable_paths", &[OBJECT, LIST]),
    ("hex.decode", &[TEXT]),
    ("hex.encode", &[TEXT]),
    ("indexof", &[TEXT, TEXT]),
    ("indexof_n", &[TEXT, TEXT]),
    ("intersection", &[SET]),
    ("json.filter", &[OBJECT, LIST]),
    ("json.is_valid", &[TEXT]),
    ("json.marshal_with_options", &[ANY, OBJECT]),
    ("json.match_schema", &[DOCUMENT, DOCUMENT]),
    ("json.patch", &[ANY, ARRAY]),
    ("json.remove", &[OBJECT, LIST]),
    ("json.unmarshal", &[TEXT]),
    ("json.verify_schema", &[DOCUMENT]),
    ("lower", &[TEXT]),
    ("max", &[LIST]),
    ("min", &[LIST]),
    ("net.cidr_contains", &[TEXT, TEXT]),
    ("net.cidr_expand", &[TEXT]),
    ("net.cidr_intersects", &[TEXT, TEXT]),
    ("net.cidr_is_valid", &[TEXT]),
    ("numbers.range", &[NUMBER, NUMBER]),
    ("numbers.range_step", &[NUMBER, NUMBER, NUMBER]),
    ("object.filter", &[OBJECT, COLLECTION]),
    ("object.get", &[OBJECT]),
    ("object.keys", &[OBJECT]),
    ("object.remove", &[OBJECT, COLLECTION]),
    ("object.subset", &[COLLECTION, COLLECTION]),
    ("object.union", &[OBJECT, OBJECT]),
    ("object.union_n", &[ARRAY]),
    ("product", &[LIST]),
    ("rand.intn", &[TEXT, NUMBER]),
    ("regex.find_all_string_submatch_n", &[TEXT, TEXT, NUMBER]),
    ("regex.find_n", &[TEXT, TEXT, NUMBER]),
    ("regex.is_valid", &[TEXT]),
    ("regex.match", &[TEXT, TEXT]),
    ("regex.replace", &[TEXT, TEXT, TEXT]),
    ("regex.split", &[TEXT, TEXT]),
    ("regex.template_match", &[TEXT, TEXT, TEXT, TEXT]),
    ("replace", &[TEXT, TEXT, TEXT]),
    ("round", &[NUMBER]),
    ("semver.compare", &[TEXT, TEXT]),
    ("sort", &[LIST]),
    ("split", &[TEXT, TEXT]),
    ("sprintf", &[TEXT, ARRAY]),
    ("startswith", &[TEXT, TEXT]),
    ("strings.any_prefix_match", &[TEXTS, TEXTS]),
    ("strings.any_suffix_match", &[TEXTS, TEXTS]),
    ("strings.count", &[TEXT, TEXT]),
    ("strings.replace_n", &[OBJECT, TEXT]),
    ("strings.reverse", &[TEXT]),
    ("strings.split_n", &[TEXT, TEXT, NUMBER]),
    ("substring", &[TEXT, NUMBER, NUMBER]),
    ("sum", &[LIST]),
    ("time.add_date", &[NUMBER, NUMBER, NUMBER, NUMBER]),
    ("time.clock", &[TIME]),
    ("time.date", &[TIME]),
    ("time.diff", &[TIME, TIME]),
    ("time.format", &[TIME]),
    ("time.parse_duration_ns", &[TEXT]),
    ("time.parse_ns", &[TEXT, TEXT]),
    ("time.parse_rfc3339_ns", &[TEXT]),
    ("time.weekday", &[TIME]),
    ("to_number", &[SCALAR]),
    ("trace", &[TEXT]),
    ("trim", &[TEXT, TEXT]),
    ("trim_left", &[TEXT, TEXT]),
    ("trim_prefix", &[TEXT, TEXT]),
    ("trim_right", &[TEXT, TEXT]),
    ("trim_space", &[TEXT]),
    ("trim_suffix", &[TEXT, TEXT]),
    ("union", &[SET]),
    ("units.parse", &[TEXT]),
    ("units.parse_bytes", &[TEXT]),
    ("upper", &[TEXT]),
    ("urlquery.decode", &[TEXT]),
    ("urlquery.decode_object", &[TEXT]),
    ("urlquery.encode", &[TEXT]),
    ("urlquery.encode_object", &[OBJECT]),
    ("yaml.is_valid", &[TEXT]),
    ("yaml.unmarshal", &[TEXT]),
];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut literals = Literals { context, findings };
    for (number, module) in context.index.modules().iter().enumerate() {
        for rule in &module.rules {
            walk_rule(&context.index, number, rule, &mut literals);
        }
    }
}

struct Literals<'a, 'c, 'f> {
    context: &'c Context<'a>,
    findings: &'f mut Findings,
}

impl<'a> Visitor<'a> for Literals<'a, '_, '_> {
    fn expr(&mut self, expr: &'a Expr, scope: &Scope<'a, '_>) {
        let ExprKind::Call { function, args, .. } = &expr.kind else { return };
        let index = &self.context.index;
        let name = function.join(".");
        let Some(parameters) = parameters(&name) else { return };
        let Some(module) = index.modules().get(scope.module()) else { return };
        // A wrong number of arguments is told already.
        let most = builtins::find(&name).map_or(0, |builtin| *builtin.arity().end());
        if args.len() < most || args.len() > most + 1 {
            return;
        }
        if !matches!(index.callee(scope.module(), function), Callee::Builtin) {
            return;
        }
        for (place, (argument, takes)) in args.iter().zip(parameters).enumerate() {
            if let Some(given) = literal(argument).filter(|given| !takes.contains(given)) {
                self.refuse(module, argument, &name, place + 1, given, takes);
            }
        }
    }
}

impl Literals<'_, '_, '_> {
    fn refuse(
        &mut self,
        module: &Module,
        argument: &Expr,
        name: &str,
        place: usize,
        given: Type,
        takes: Takes,
    ) {
        let takes: Vec<&str> = takes.iter().map(|one| one.with_article()).collect();
        let (takes, given) = (takes.join(" or "), given.with_article());
        self.findings.at(
            module,
            argument.span,
            Code::RegoTypeError,
            format!("`{name}` takes {takes} as argument {place}, not {given}"),
            "give it a value of that type",
        );
    }
}

fn parameters(name: &str) -> Option<&'static [Takes]> {
    let at = PARAMETERS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    PARAMETERS.get(at).map(|(_, parameters)| *parameters)
}

/// The type of what is written out.
fn literal(expr: &Expr) -> Option<Type> {
    Some(match &expr.kind {
        ExprKind::Scalar(Scalar::Null) => Null,
        ExprKind::Scalar(Scalar::Bool(_)) => Boolean,
        ExprKind::Scalar(Scalar::Number(_)) => Number,
        ExprKind::Scalar(Scalar::String(_)) => Text,
        ExprKind::Array(_) | ExprKind::ArrayComprehension { .. } => Array,
        ExprKind::Set(_) | ExprKind::SetComprehension { .. } => Set,
        ExprKind::Object(_) | ExprKind::ObjectComprehension { .. } => Object,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::builtins::{Availability, Builtin, Gives};
    use super::*;

    /// What OPA declares: name, types of the parameters, types of the value.
    const OPA: &str = include_str!("../../../../fixtures/reference/opa/builtins.tsv");

    fn declared() -> impl Iterator<Item = [&'static str; 3]> {
        OPA.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            columns.try_into().unwrap()
        })
    }

    /// The types as OPA writes them.
    fn column(takes: &[Type]) -> String {
        if takes == ANY {
            return "any".to_owned();
        }
        let names = takes.iter().map(|one| match one {
            Null => "null",
            Boolean => "boolean",
            Number => "number",
            Text => "string",
            Array => "array",
            Set => "set",
            Object => "object",
        });
        let names: BTreeSet<&str> = names.collect();
        names.into_iter().collect::<Vec<_>>().join("|")
    }

    #[test]
    fn every_builtin_of_opa_is_known_and_no_other() {
        let known: Vec<&str> = builtins::all().map(|builtin| builtin.name).collect();
        assert_eq!(known, declared().map(|[name, ..]| name).collect::<Vec<_>>());
    }

    #[test]
    fn builtins_take_and_give_what_opa_declares() {
        assert!(PARAMETERS.is_sorted_by_key(|(name, _)| *name));
        for [name, takes, gives] in declared() {
            let builtin = builtins::find(name).unwrap();
            if takes == "..." {
                continue;
            }
            let takes: Vec<&str> = takes.split_whitespace().collect();
            assert_eq!(builtin.arity(), takes.len()..=takes.len(), "{name}");
            let known = match builtin.gives {
                // The engine gives the text.
                Gives::Any if name == "trace" => "boolean",
                Gives::Any => "any",
                Gives::Number => "number",
                Gives::String => "string",
                Gives::Boolean => "boolean",
                Gives::Array => "array",
                Gives::Set => "set",
                Gives::Object => "object",
            };
            assert_eq!(known, gives, "{name}");
            if !matches!(builtin, Builtin { availability: Availability::Never { .. }, .. }) {
                let ours = parameters(name).unwrap_or_default();
                assert!(ours.last() != Some(&ANY), "{name}");
                let mut ours: Vec<String> = ours.iter().map(|one| column(one)).collect();
                ours.resize(takes.len(), "any".to_owned());
                assert_eq!(ours, takes, "{name}");
            }
        }
    }
}
