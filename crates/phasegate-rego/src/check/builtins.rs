//! The builtins: how many arguments each takes, what it gives, and where it may be called.
//!
//! The gate calls what is on the list, and nothing else. What is there was tried, each with good
//! and hostile arguments: it gives a value or an error, never undefined, which in a rule that
//! denies would mean "allowed"; it is deterministic; and its time and memory are bounded. Some are
//! so only because their arguments are looked at first: see `crate::builtin`.

use std::ops::RangeInclusive;

/// A builtin function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name in Rego.
    pub name: &'static str,
    /// The type of its value.
    pub gives: Gives,
    /// Where it may be called.
    pub availability: Availability,
    least: u8,
    most: u8,
}

impl Builtin {
    /// How many arguments it takes.
    #[must_use]
    pub fn arity(&self) -> RangeInclusive<usize> {
        usize::from(self.least)..=usize::from(self.most)
    }
}

/// The type of a builtin's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the types")]
pub enum Gives {
    Number,
    String,
    Boolean,
    Array,
    Set,
    Object,
    Any,
}

/// Where a builtin may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Everywhere, as the engine has it.
    Allowed,
    /// Everywhere; at the gate its arguments are looked at first, and what would be undefined is an
    /// error.
    Guarded,
    /// Not at the gate.
    OpaOnly {
        /// What to do there instead.
        remedy: &'static str,
    },
    /// Not at the gate, and elsewhere only in builds with the feature `opa-compat`.
    Feature {
        /// What to do there instead.
        remedy: &'static str,
    },
    /// Nowhere: OPA has it and the engine does not.
    Never {
        /// What to do instead.
        remedy: &'static str,
    },
}

/// All builtins that are known, by name.
pub fn all() -> impl Iterator<Item = &'static Builtin> {
    BUILTINS.iter()
}

/// The builtin of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.binary_search_by(|builtin| builtin.name.cmp(name)).ok().and_then(|at| BUILTINS.get(at))
}

const fn builtin(
    name: &'static str,
    arity: u8,
    gives: Gives,
    availability: Availability,
) -> Builtin {
    Builtin { name, gives, availability, least: arity, most: arity }
}

use Availability::{Allowed, Guarded};
use Gives::{Any, Array, Boolean, Number, Object, Set, String};

const fn opa_only(remedy: &'static str) -> Availability {
    Availability::OpaOnly { remedy }
}

const fn feature(remedy: &'static str) -> Availability {
    Availability::Feature { remedy }
}

const fn never(remedy: &'static str) -> Availability {
    Availability::Never { remedy }
}

const BEFORE: &str = "do it before the decision and pass the result in the input";
const NETWORK: &str =
    "a decision depends on its documents alone: fetch it before and pass it in the input";
const SIGNATURE: &str = "verify it before the decision and pass the outcome in the input";
const PLAIN: &str = "pass the plain value in the input";

/// Sorted by name.
const BUILTINS: &[Builtin] = &[
    builtin("abs", 1, Number, Allowed),
    builtin("array.concat", 2, Array, Guarded),
    builtin("array.flatten", 1, Array, opa_only("use `array.concat`")),
    builtin("array.reverse", 1, Array, Allowed),
    builtin("array.slice", 3, Array, Guarded),
    builtin("base64.decode", 1, String, Allowed),
    builtin("base64.encode", 1, String, Guarded),
    builtin("base64.is_valid", 1, Boolean, Allowed),
    builtin("base64url.decode", 1, String, feature(PLAIN)),
    builtin("base64url.encode", 1, String, feature(PLAIN)),
    builtin("base64url.encode_no_pad", 1, String, feature(PLAIN)),
    builtin("bits.and", 2, Number, Guarded),
    builtin("bits.lsh", 2, Number, Guarded),
    builtin("bits.negate", 1, Number, Guarded),
    builtin("bits.or", 2, Number, Guarded),
    builtin("bits.rsh", 2, Number, Guarded),
    builtin("bits.xor", 2, Number, Guarded),
    builtin("ceil", 1, Number, Allowed),
    builtin("concat", 2, String, Guarded),
    builtin("contains", 2, Boolean, Allowed),
    builtin("count", 1, Number, Allowed),
    builtin("crypto.hmac.equal", 2, Boolean, opa_only(SIGNATURE)),
    builtin("crypto.hmac.md5", 2, String, never(SIGNATURE)),
    builtin("crypto.hmac.sha1", 2, String, never(SIGNATURE)),
    builtin("crypto.hmac.sha256", 2, String, opa_only(SIGNATURE)),
    builtin("crypto.hmac.sha512", 2, String, never(SIGNATURE)),
    builtin("crypto.md5", 1, String, never(BEFORE)),
    builtin("crypto.parse_private_keys", 1, Array, never(SIGNATURE)),
    builtin("crypto.sha1", 1, String, never(BEFORE)),
    builtin("crypto.sha256", 1, String, opa_only(BEFORE)),
    builtin("crypto.x509.parse_and_verify_certificates", 1, Array, never(SIGNATURE)),
    builtin("crypto.x509.parse_and_verify_certificates_with_options", 2, Array, never(SIGNATURE)),
    builtin("crypto.x509.parse_certificate_request", 1, Object, never(SIGNATURE)),
    builtin("crypto.x509.parse_certificates", 1, Array, never(SIGNATURE)),
    builtin("crypto.x509.parse_keypair", 2, Object, never(SIGNATURE)),
    builtin("crypto.x509.parse_rsa_private_key", 1, Object, never(SIGNATURE)),
    builtin("endswith", 2, Boolean, Allowed),
    builtin("floor", 1, Number, Allowed),
    builtin("format_int", 2, String, Guarded),
    builtin("glob.match", 3, Boolean, Guarded),
    builtin("glob.quote_meta", 1, String, Guarded),
    builtin("graph.reachable", 2, Set, feature(BEFORE)),
    builtin("graph.reachable_paths", 2, Set, feature(BEFORE)),
    builtin("graphql.is_valid", 2, Boolean, never(BEFORE)),
    builtin("graphql.parse", 2, Array, never(BEFORE)),
    builtin("graphql.parse_and_verify", 2, Array, never(BEFORE)),
    builtin("graphql.parse_query", 1, Object, never(BEFORE)),
    builtin("graphql.parse_schema", 1, Object, never(BEFORE)),
    builtin("graphql.schema_is_valid", 1, Boolean, never(BEFORE)),
    builtin("hex.decode", 1, String, feature(PLAIN)),
    builtin("hex.encode", 1, String, feature(PLAIN)),
    builtin("http.send", 1, Object, never(NETWORK)),
    builtin("indexof", 2, Number, Guarded),
    builtin("indexof_n", 2, Array, Guarded),
    builtin("intersection", 1, Set, Allowed),
    builtin("io.jwt.decode", 1, Array, never(SIGNATURE)),
    builtin("io.jwt.decode_verify", 2, Array, never(SIGNATURE)),
    builtin("io.jwt.encode_sign", 3, String, never(SIGNATURE)),
    builtin("io.jwt.encode_sign_raw", 3, String, never(SIGNATURE)),
    builtin("io.jwt.verify_eddsa", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_es256", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_es384", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_es512", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_hs256", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_hs384", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_hs512", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_ps256", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_ps384", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_ps512", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_rs256", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_rs384", 2, Boolean, never(SIGNATURE)),
    builtin("io.jwt.verify_rs512", 2, Boolean, never(SIGNATURE)),
    builtin("is_array", 1, Boolean, Allowed),
    builtin("is_boolean", 1, Boolean, Allowed),
    builtin("is_null", 1, Boolean, Allowed),
    builtin("is_number", 1, Boolean, Allowed),
    builtin("is_object", 1, Boolean, Allowed),
    builtin("is_set", 1, Boolean, Allowed),
    builtin("is_string", 1, Boolean, Allowed),
    builtin("json.filter", 2, Object, Allowed),
    builtin("json.is_valid", 1, Boolean, Guarded),
    builtin("json.marshal", 1, String, Guarded),
    builtin("json.marshal_with_options", 2, String, opa_only("use `json.marshal`")),
    builtin("json.match_schema", 2, Array, feature("give the input a schema: the guard reads it")),
    builtin("json.patch", 2, Any, feature("use `object.union` and `object.remove`")),
    builtin("json.remove", 2, Object, Allowed),
    builtin("json.unmarshal", 1, Any, Guarded),
    builtin("json.verify_schema", 1, Array, feature("give the input a schema: the guard reads it")),
    builtin("lower", 1, String, Allowed),
    builtin("max", 1, Any, Guarded),
    builtin("min", 1, Any, Guarded),
    builtin("net.cidr_contains", 2, Boolean, feature(BEFORE)),
    builtin("net.cidr_contains_matches", 2, Set, never(BEFORE)),
    builtin("net.cidr_expand", 1, Set, feature(BEFORE)),
    builtin("net.cidr_intersects", 2, Boolean, opa_only(BEFORE)),
    builtin("net.cidr_is_valid", 1, Boolean, feature(BEFORE)),
    builtin("net.cidr_merge", 1, Set, never(BEFORE)),
    builtin("net.lookup_ip_addr", 1, Set, never(NETWORK)),
    builtin("numbers.range", 2, Array, Guarded),
    builtin("numbers.range_step", 3, Array, Guarded),
    builtin("object.filter", 2, Object, Allowed),
    builtin("object.get", 3, Any, Allowed),
    builtin("object.keys", 1, Set, Allowed),
    builtin("object.remove", 2, Object, Allowed),
    builtin("object.subset", 2, Boolean, Guarded),
    builtin("object.union", 2, Object, Guarded),
    builtin("object.union_n", 1, Object, Guarded),
    builtin(
        "opa.runtime",
        0,
        Object,
        never("a decision depends on its documents alone: pass it in the input"),
    ),
    Builtin {
        name: "print",
        gives: Boolean,
        // What it writes has no bound, and a decision shows none of it.
        availability: opa_only("remove it; `phasegate eval` prints, a decision does not"),
        least: 0,
        most: 100,
    },
    builtin("product", 1, Number, Guarded),
    builtin("providers.aws.sign_req", 3, Object, never(NETWORK)),
    builtin(
        "rand.intn",
        2,
        Number,
        opa_only("a decision is deterministic: pass the number in the input"),
    ),
    builtin("regex.find_all_string_submatch_n", 3, Array, Guarded),
    builtin("regex.find_n", 3, Array, Guarded),
    builtin("regex.globs_match", 2, Boolean, never("use `regex.match`")),
    builtin("regex.is_valid", 1, Boolean, Guarded),
    builtin("regex.match", 2, Boolean, Guarded),
    builtin("regex.replace", 3, String, Guarded),
    builtin("regex.split", 2, Array, Guarded),
    builtin("regex.template_match", 4, Boolean, opa_only("use `regex.match`")),
    builtin("rego.metadata.chain", 0, Array, never("write what the rule needs into the rule")),
    builtin("rego.metadata.rule", 0, Any, never("write what the rule needs into the rule")),
    builtin("rego.parse_module", 2, Object, never(BEFORE)),
    builtin("replace", 3, String, Guarded),
    builtin("round", 1, Number, Allowed),
    builtin("semver.compare", 2, Number, Allowed),
    builtin("semver.is_valid", 1, Boolean, Allowed),
    builtin("sort", 1, Array, Allowed),
    builtin("split", 2, Array, Guarded),
    builtin("sprintf", 2, String, Guarded),
    builtin("startswith", 2, Boolean, Allowed),
    builtin("strings.any_prefix_match", 2, Boolean, Guarded),
    builtin("strings.any_suffix_match", 2, Boolean, Guarded),
    builtin("strings.count", 2, Number, Guarded),
    builtin("strings.render_template", 2, String, never("use `sprintf`")),
    builtin(
        "strings.replace_n",
        2,
        String,
        opa_only(
            "use `replace` for each; the engine replaces in what it has replaced, OPA does not",
        ),
    ),
    builtin("strings.reverse", 1, String, Allowed),
    builtin("strings.split_n", 3, Array, opa_only("use `split` and `array.slice`")),
    builtin("substring", 3, String, Allowed),
    builtin("sum", 1, Number, Allowed),
    builtin("time.add_date", 4, Number, Guarded),
    builtin("time.clock", 1, Array, Guarded),
    builtin("time.date", 1, Array, Guarded),
    builtin("time.diff", 2, Array, Guarded),
    builtin("time.format", 1, String, Guarded),
    // Answered from the decision's `now`.
    builtin("time.now_ns", 0, Number, Allowed),
    builtin("time.parse_duration_ns", 1, Number, Guarded),
    builtin("time.parse_ns", 2, Number, opa_only("use `time.parse_rfc3339_ns`")),
    builtin("time.parse_rfc3339_ns", 1, Number, Allowed),
    builtin("time.weekday", 1, String, Guarded),
    builtin("to_number", 1, Number, Guarded),
    // OPA gives true, the engine the text.
    builtin("trace", 1, Any, Allowed),
    builtin("trim", 2, String, Guarded),
    builtin("trim_left", 2, String, Guarded),
    builtin("trim_prefix", 2, String, Allowed),
    builtin("trim_right", 2, String, Guarded),
    builtin("trim_space", 1, String, Allowed),
    builtin("trim_suffix", 2, String, Allowed),
    builtin("type_name", 1, String, Allowed),
    builtin("union", 1, Set, Allowed),
    builtin("units.parse", 1, Number, Guarded),
    builtin("units.parse_bytes", 1, Number, Guarded),
    builtin("upper", 1, String, Allowed),
    builtin("uri.is_valid", 1, Boolean, never(BEFORE)),
    builtin("uri.parse", 1, Object, never(BEFORE)),
    builtin("urlquery.decode", 1, String, feature(PLAIN)),
    builtin("urlquery.decode_object", 1, Object, feature(PLAIN)),
    builtin("urlquery.encode", 1, String, feature(PLAIN)),
    builtin("urlquery.encode_object", 1, String, feature(PLAIN)),
    builtin("uuid.parse", 1, Object, never(BEFORE)),
    builtin(
        "uuid.rfc4122",
        1,
        String,
        never("a decision is deterministic: pass the identifier in the input"),
    ),
    builtin(
        "walk",
        1,
        Array,
        feature("iterate over the collection by its path: the guard must see what is read"),
    ),
    builtin("yaml.is_valid", 1, Boolean, feature(BEFORE)),
    builtin("yaml.marshal", 1, String, feature("use `json.marshal`")),
    builtin("yaml.unmarshal", 1, Any, feature(BEFORE)),
];
