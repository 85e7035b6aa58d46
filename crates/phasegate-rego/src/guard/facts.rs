//! What the extraction notes down while it goes through a rule.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value as Json;

use super::{path::Place, types::TypeSet, value::Value};
use crate::syntax::{CompareOp, Span};

/// A place in the text of one of the modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) module: usize,
    pub(super) span: Span,
}

/// What one use of a fact needs of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Need {
    /// That it is there.
    Present,
    /// One of these types, whatever else is needed.
    Types(TypeSet),
    /// A text, because it is ordered against this one.
    TextLimit(Arc<Json>),
    /// The type of a literal it is compared with for equality.
    Literal(TypeSet),
    /// Whether it is null, which says nothing of what else it may be.
    AskedNull,
    /// How many elements it has.
    Counted,
    /// That it can be told to be true or false.
    Truth,
    /// The type of the fact it is compared with.
    SameAs(Place),
    /// One of these keys, under which something is looked up.
    OneOf(Arc<[Json]>),
    /// A key of this table, which has too many to list.
    KeyOf(Arc<Json>),
    /// At least one element.
    Element,
}

/// One use of one fact.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) place: Place,
    pub(super) need: Need,
    pub(super) origin: Origin,
}

/// One comparison, for one choice of its operands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compared {
    pub(super) op: CompareOp,
    pub(super) left: Value,
    pub(super) right: Value,
    pub(super) origin: Origin,
}

/// A read that cannot be resolved.
#[derive(Debug, Clone)]
pub(super) struct Unresolved {
    pub(super) origin: Origin,
    pub(super) message: String,
    pub(super) kind: UnresolvedKind,
}

/// Why a read cannot be resolved. The first says more than the others on the same line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UnresolvedKind {
    /// Which fact it reads is only known at run time.
    Read,
    /// It is measured by a limit that is none.
    Limit,
    /// It follows from another read that cannot be resolved.
    Follows,
}

/// All rules of one path, or one function with one set of abstract arguments, gone through once.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// The package and the rule, names joined by dots.
    pub(super) package: String,
    pub(super) rule: String,
    /// `None` while it is being gone through.
    pub(super) value: Option<Value>,
    pub(super) reads: Vec<Read>,
    pub(super) compared: Vec<Compared>,
    pub(super) unresolved: Vec<Unresolved>,
    /// The frames it uses.
    pub(super) uses: BTreeSet<usize>,
    /// The order in which frames were finished: a frame comes after those it uses.
    pub(super) finished: usize,
}
