//! The syntax tree: what a module says, with the byte range of every node.
//!
//! It mirrors the shapes of Rego and nothing of the engine's parser, so that checks, guard,
//! explanation and mutation stand on types that do not move when the engine does. Every node
//! carries a [`Span`]; rows and columns are computed from it on demand by
//! [`Module::position`](super::Module::position).

/// A half-open byte range `start..end` in the text of one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// An identifier, or one step of a package path, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The text, without quotes and with escapes resolved.
    pub text: String,
    /// Where it stands; with the quotes of `["name"]`, without its brackets.
    pub span: Span,
}

/// `import data.a.b as c`.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The path, root first: `["data", "a", "b"]`.
    pub path: Vec<String>,
    /// The name it binds: the alias, else the last step. `None` for `rego.v1` and
    /// `future.keywords`.
    pub binds: Option<String>,
    /// The whole statement.
    pub span: Span,
}

/// One rule statement: a head and its bodies, or a `default`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What it defines.
    pub head: Head,
    /// Its bodies in order; empty for a constant or a default.
    pub bodies: Vec<Body>,
    /// `default name := value`.
    pub is_default: bool,
    /// The whole statement.
    pub span: Span,
}

/// The head of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The reference it defines, root first, with dotted and bracketed steps: `a.b[x]`. The root is
    /// the rule's name.
    pub reference: Reference,
    /// What kind of document it makes.
    pub kind: HeadKind,
    /// The value after `:=` or `=`; absent means `true`.
    pub value: Option<Expr>,
    /// The head's text.
    pub span: Span,
}

/// What kind of document a rule makes.
#[derive(Debug, Clone, PartialEq)]
pub enum HeadKind {
    /// `name := value if ...`, one value; with variable steps in the reference, a partial object.
    Complete,
    /// `name contains key if ...`.
    Set {
        /// The element.
        key: Expr,
    },
    /// `name(args) := value if ...`.
    Function {
        /// The parameters, patterns allowed.
        args: Vec<Expr>,
    },
}

/// One body of a rule: its query, and the value an `else` gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The value of an `else := value`; absent for the first body, whose value is the head's.
    pub value: Option<Expr>,
    /// Introduced by `else`.
    pub is_else: bool,
    /// The statements; empty for an unconditional `else`.
    pub query: Query,
    /// The whole body.
    pub span: Span,
}

/// A conjunction of statements.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// In the order written.
    pub statements: Vec<Statement>,
    /// From the first statement to the last.
    pub span: Span,
}

/// One statement with its `with` modifiers.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// `with target as value`, in order.
    pub with: Vec<With>,
    /// The whole statement, modifiers included.
    pub span: Span,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `some x, y`.
    SomeVars(Vec<Name>),
    /// `some k, v in collection`.
    SomeIn {
        /// The key pattern.
        key: Option<Expr>,
        /// The value pattern.
        value: Expr,
        /// What is iterated.
        collection: Expr,
    },
    /// An expression that must be neither false nor undefined.
    Expr(Expr),
    /// `not expr`.
    Not(Expr),
    /// `every k, v in domain { ... }`.
    Every {
        /// The key variable.
        key: Option<Name>,
        /// The value variable.
        value: Name,
        /// What is iterated.
        domain: Expr,
        /// What must hold for each.
        query: Query,
    },
}

/// `with target as value`.
#[derive(Debug, Clone, PartialEq)]
pub struct With {
    /// What is replaced, root first: `["input", "metrics"]`.
    pub target: Vec<String>,
    /// By what.
    pub value: Expr,
    /// The whole modifier.
    pub span: Span,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its text; parentheses around it are not part of it.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A number, string, boolean or null.
    Scalar(Scalar),
    /// A variable, `input`, `data`, a rule or an import: which one is a question of scope. `_`
    /// stays `_`.
    Var(String),
    /// A reference with at least one step: `input.a["b"][c]`.
    Ref(Reference),
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `{a, b}` or `set()`.
    Set(Vec<Expr>),
    /// `{k: v}` or `{}`.
    Object(Vec<(Expr, Expr)>),
    /// `[term | query]`.
    ArrayComprehension {
        /// Each element.
        term: Box<Expr>,
        /// Where it comes from.
        query: Box<Query>,
    },
    /// `{term | query}`.
    SetComprehension {
        /// Each element.
        term: Box<Expr>,
        /// Where it comes from.
        query: Box<Query>,
    },
    /// `{key: value | query}`.
    ObjectComprehension {
        /// Each key.
        key: Box<Expr>,
        /// Each value.
        value: Box<Expr>,
        /// Where they come from.
        query: Box<Query>,
    },
    /// `f(args)`.
    Call {
        /// The function's path, root first: `["object", "get"]`, `["data", "lib", "f"]`.
        function: Vec<String>,
        /// Where the function's name stands.
        function_span: Span,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `a == b` and the five others.
    Compare {
        /// Which.
        op: CompareOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `a + b` and the four others.
    Arithmetic {
        /// Which.
        op: ArithmeticOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `a | b`, `a & b` on sets.
    SetOperation {
        /// Which.
        op: SetOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `pattern := value` and `a = b`.
    Assign {
        /// Which.
        op: AssignOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `value in collection`, `key, value in collection`.
    Membership {
        /// The key.
        key: Option<Box<Expr>>,
        /// The value.
        value: Box<Expr>,
        /// Where it is looked for.
        collection: Box<Expr>,
    },
}

/// A reference: a base and its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// A variable in most cases; a call, literal or comprehension in `f(x).a`.
    pub base: Box<Expr>,
    /// The steps, in order; empty only in a head.
    pub steps: Vec<Step>,
}

/// One step of a reference.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `.name` or `["name"]`.
    Field(Name),
    /// `[expr]`, where the expression is not a string literal.
    Index(Expr),
}

/// A scalar as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number. The engine keeps integers of any size exactly; one beyond 64 bits is here the
    /// nearest finite `f64`.
    Number(serde_json::Number),
    /// A quoted or raw string, escapes resolved.
    String(String),
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the operators")]
pub enum CompareOp {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

/// Arithmetic operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the operators")]
pub enum ArithmeticOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Set operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the operators")]
pub enum SetOp {
    Union,
    Intersection,
}

/// `:=` binds, `=` unifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the operators")]
pub enum AssignOp {
    Bind,
    Unify,
}
