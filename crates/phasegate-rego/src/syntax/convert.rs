//! From the engine's parser to our tree.

use std::num::NonZeroUsize;

use regorus::unstable as engine;

use super::limits::{MAX_FILE_BYTES, MAX_LINES};
use super::prescan::{self, Scan};
use super::token::Tokens;
use super::tree::{
    ArithmeticOp, AssignOp, Body, CompareOp, Expr, ExprKind, Head, HeadKind, Import, Name, Query,
    Reference, Rule, Scalar, SetOp, Span, Statement, StatementKind, Step, With,
};
use super::{Module, comment, fault};
use crate::diagnostic::{Code, Diagnostic};

/// A parsed module, and how much work it was for the parser at most.
pub(super) struct Parsed {
    pub(super) module: Result<Module, Vec<Diagnostic>>,
    pub(super) work: u64,
}

pub(super) fn module(file: &str, text: &str) -> Parsed {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut module = Module::empty(file, text);
    let scan = match prescan::scan(&module) {
        Ok(scan) => scan,
        Err(fault) => return Parsed { module: Err(vec![*fault]), work: 0 },
    };
    let mut faults = comment::read(&mut module, &scan.comments);
    match parse(text) {
        Ok(parsed) => faults
            .extend(Converter { scan: &scan, faults: Vec::new() }.module(&mut module, &parsed)),
        Err(rendered) => faults.push(fault::parse_error(&module, &scan, &rendered)),
    }
    faults.sort();
    Parsed { module: if faults.is_empty() { Ok(module) } else { Err(faults) }, work: scan.work }
}

/// Runs the engine's parser; the error is its rendered message.
fn parse(text: &str) -> Result<engine::Module, String> {
    let bytes = NonZeroUsize::new(MAX_FILE_BYTES).unwrap_or(NonZeroUsize::MIN);
    // The engine counts an empty line after the last line feed.
    let lines = NonZeroUsize::new(MAX_LINES + 1).unwrap_or(NonZeroUsize::MIN);
    let source = engine::Source::from_contents_with_limits(
        "policy".to_owned(),
        text.to_owned(),
        bytes,
        lines,
    )
    .map_err(|error| error.to_string())?;
    let parse = || {
        let mut parser = engine::Parser::new(&source)?;
        // Our own limit of columns counts characters; the engine's counts bytes, and a tab four
        // times.
        parser.set_max_col(std::num::NonZeroU32::MAX);
        parser.enable_rego_v1()?;
        parser.parse()
    };
    parse().map_err(|error| error.to_string())
}

struct Converter<'a> {
    scan: &'a Scan,
    /// What the engine's parser accepts and Rego does not.
    faults: Vec<(Span, &'static str, &'static str)>,
}

impl Converter<'_> {
    fn span(&self, from: &engine::Span) -> Span {
        self.scan.with_quotes(Span { start: from.start as usize, end: from.end as usize })
    }

    fn name(&self, from: &engine::Span) -> Name {
        Name { text: from.text().to_owned(), span: self.span(from) }
    }

    fn module(mut self, module: &mut Module, from: &engine::Module) -> Vec<Diagnostic> {
        module.package = path(&from.package.refr);
        module.package_span = self.span(&from.package.span);
        if from.target.is_some() {
            self.faults.push((module.package_span, "`__target__` is not Rego", "remove it"));
        }
        let imports = from.imports.iter().map(|import| self.import(import)).collect();
        let rules = from.policy.iter().map(|rule| self.rule(&module.text, rule)).collect();
        module.imports = imports;
        module.rules = rules;
        self.faults
            .into_iter()
            .map(|(span, message, remedy)| {
                module.diagnostic(span, Code::RegoParseError, message.to_owned(), remedy)
            })
            .collect()
    }

    fn import(&self, from: &engine::Import) -> Import {
        let path = path(&from.refr);
        let keyword = matches!(path.first().map(String::as_str), Some("rego" | "future"));
        let binds = match &from.r#as {
            Some(alias) => Some(alias.text().to_owned()),
            None if keyword => None,
            None => path.last().cloned(),
        };
        Import { path, binds, span: self.span(&from.span) }
    }

    fn rule(&mut self, text: &str, from: &engine::Rule) -> Rule {
        match from {
            engine::Rule::Default { span: whole, refr, args, value, .. } => {
                let start = self.span(refr.span()).start;
                let args: Vec<_> = args.iter().map(|arg| self.expr(arg)).collect();
                let head = Head {
                    reference: self.head_reference(refr),
                    kind: if args.is_empty() {
                        HeadKind::Complete
                    } else {
                        HeadKind::Function { args }
                    },
                    value: Some(self.expr(value)),
                    span: Span { start, end: self.span(whole).end },
                };
                Rule { head, bodies: Vec::new(), is_default: true, span: self.span(whole) }
            }
            engine::Rule::Spec { span: whole, head, bodies } => Rule {
                head: self.head(text, head),
                bodies: bodies.iter().map(|body| self.body(body)).collect(),
                is_default: false,
                span: self.span(whole),
            },
        }
    }

    fn head(&mut self, text: &str, from: &engine::RuleHead) -> Head {
        match from {
            engine::RuleHead::Compr { span: whole, refr, assign } => Head {
                reference: self.head_reference(refr),
                kind: HeadKind::Complete,
                value: assign.as_ref().map(|assign| self.expr(&assign.value)),
                span: self.span(whole),
            },
            engine::RuleHead::Set { span: whole, refr, key } => {
                let old_style = text
                    .get(self.span(refr.span()).end..)
                    .is_some_and(|rest| rest.starts_with('['));
                if old_style || key.is_none() {
                    self.faults.push((
                        self.span(whole),
                        "the rule has neither a value nor a body",
                        "write `name contains value`, or `name[key] := value`",
                    ));
                }
                Head {
                    reference: self.head_reference(refr),
                    kind: key
                        .as_ref()
                        .map_or(HeadKind::Complete, |key| HeadKind::Set { key: self.expr(key) }),
                    value: None,
                    span: self.span(whole),
                }
            }
            engine::RuleHead::Func { span: whole, refr, args, assign } => Head {
                reference: self.head_reference(refr),
                kind: HeadKind::Function { args: args.iter().map(|arg| self.expr(arg)).collect() },
                value: assign.as_ref().map(|assign| self.expr(&assign.value)),
                span: self.span(whole),
            },
        }
    }

    fn head_reference(&mut self, from: &engine::Ref<engine::Expr>) -> Reference {
        let (base, steps) = self.reference(from);
        Reference { base: Box::new(base), steps }
    }

    /// The base and the steps of a chain; no step when the expression is no reference. It does not
    /// recurse along the chain.
    fn reference(&mut self, from: &engine::Ref<engine::Expr>) -> (Expr, Vec<Step>) {
        let mut steps = Vec::new();
        let mut at = from;
        loop {
            match at.as_ref() {
                engine::Expr::RefDot { refr, field, .. } => {
                    steps.push(Step::Field(self.name(&field.0)));
                    at = refr;
                }
                engine::Expr::RefBrack { refr, index, .. } => {
                    steps.push(self.step(index));
                    at = refr;
                }
                _ => break,
            }
        }
        steps.reverse();
        (self.expr(at), steps)
    }

    fn step(&mut self, index: &engine::Ref<engine::Expr>) -> Step {
        match index.as_ref() {
            engine::Expr::String { span, value, .. }
            | engine::Expr::RawString { span, value, .. } => {
                Step::Field(Name { text: string(value), span: self.span(span) })
            }
            _ => Step::Index(self.expr(index)),
        }
    }

    fn body(&mut self, from: &engine::RuleBody) -> Body {
        let whole = self.span(&from.span);
        let mut query = self.query(&from.query);
        if query.statements.is_empty() {
            query.span = Span { start: whole.end, end: whole.end };
        }
        Body {
            value: from.assign.as_ref().map(|assign| self.expr(&assign.value)),
            is_else: from.is_else,
            query,
            span: whole,
        }
    }

    fn query(&mut self, from: &engine::Query) -> Query {
        let statements: Vec<_> =
            from.stmts.iter().map(|statement| self.statement(statement)).collect();
        let span = match (statements.first(), statements.last()) {
            (Some(first), Some(last)) => Span { start: first.span.start, end: last.span.end },
            _ => self.span(&from.span),
        };
        Query { statements, span }
    }

    fn statement(&mut self, from: &engine::LiteralStmt) -> Statement {
        let kind = match &from.literal {
            engine::Literal::SomeVars { vars, .. } => {
                StatementKind::SomeVars(vars.iter().map(|name| self.name(name)).collect())
            }
            engine::Literal::SomeIn { key, value, collection, .. } => StatementKind::SomeIn {
                key: key.as_ref().map(|key| self.expr(key)),
                value: self.expr(value),
                collection: self.expr(collection),
            },
            engine::Literal::Expr { expr, .. } => StatementKind::Expr(self.expr(expr)),
            engine::Literal::NotExpr { expr, .. } => StatementKind::Not(self.expr(expr)),
            engine::Literal::Every { key, value, domain, query, .. } => StatementKind::Every {
                key: key.as_ref().map(|name| self.name(name)),
                value: self.name(value),
                domain: self.expr(domain),
                query: self.query(query),
            },
        };
        let with = from.with_mods.iter().map(|with| self.with(with)).collect();
        Statement { kind, with, span: self.span(&from.span) }
    }

    fn with(&mut self, from: &engine::WithModifier) -> With {
        With { target: path(&from.refr), value: self.expr(&from.r#as), span: self.span(&from.span) }
    }

    fn exprs(&mut self, from: &[engine::Ref<engine::Expr>]) -> Vec<Expr> {
        from.iter().map(|expr| self.expr(expr)).collect()
    }

    fn boxed(&mut self, from: &engine::Ref<engine::Expr>) -> Box<Expr> {
        Box::new(self.expr(from))
    }

    /// It recurses as deep as the tree is high, which the pass before the parser bounds.
    fn expr(&mut self, from: &engine::Ref<engine::Expr>) -> Expr {
        let whole = self.span(from.span());
        let (kind, span) = match from.as_ref() {
            engine::Expr::String { span, value, .. }
            | engine::Expr::RawString { span, value, .. } => {
                (ExprKind::Scalar(Scalar::String(string(value))), self.span(span))
            }
            engine::Expr::Number { span, .. } => {
                (ExprKind::Scalar(Scalar::Number(number(span.text()))), whole)
            }
            engine::Expr::Bool { value, .. } => {
                (ExprKind::Scalar(Scalar::Bool(matches!(value, regorus::Value::Bool(true)))), whole)
            }
            engine::Expr::Null { .. } => (ExprKind::Scalar(Scalar::Null), whole),
            engine::Expr::Var { span, .. } => (ExprKind::Var(span.text().to_owned()), whole),
            engine::Expr::Array { items, .. } => (ExprKind::Array(self.exprs(items)), whole),
            engine::Expr::Set { span, items, .. } => {
                // The engine lets `set()` reach to the end of the token after it.
                let whole = if items.is_empty() { empty_set(span, whole) } else { whole };
                (ExprKind::Set(self.exprs(items)), whole)
            }
            engine::Expr::Object { fields, .. } => {
                // The engine lets an object begin at its last field.
                let start = self.scan.opening(whole.end.saturating_sub(1)).unwrap_or(whole.start);
                let fields = fields
                    .iter()
                    .map(|(_, key, value)| (self.expr(key), self.expr(value)))
                    .collect();
                (ExprKind::Object(fields), Span { start, end: whole.end })
            }
            engine::Expr::ArrayCompr { term, query, .. } => {
                let (term, query) = (self.boxed(term), Box::new(self.query(query)));
                (ExprKind::ArrayComprehension { term, query }, whole)
            }
            engine::Expr::SetCompr { term, query, .. } => {
                let (term, query) = (self.boxed(term), Box::new(self.query(query)));
                (ExprKind::SetComprehension { term, query }, whole)
            }
            engine::Expr::ObjectCompr { key, value, query, .. } => {
                let (key, value) = (self.boxed(key), self.boxed(value));
                (
                    ExprKind::ObjectComprehension {
                        key,
                        value,
                        query: Box::new(self.query(query)),
                    },
                    whole,
                )
            }
            engine::Expr::Call { fcn, params, .. } => (
                ExprKind::Call {
                    function: path(fcn),
                    function_span: self.span(fcn.span()),
                    args: self.exprs(params),
                },
                whole,
            ),
            engine::Expr::UnaryExpr { expr, .. } => {
                // The engine reads `-a + b` as `-(a + b)`; OPA refuses the sign before anything but
                // a number.
                self.faults.push((
                    whole,
                    "a sign before something that is no number",
                    "write `0 - x`",
                ));
                (self.expr(expr).kind, whole)
            }
            engine::Expr::RefDot { .. } | engine::Expr::RefBrack { .. } => {
                let (base, steps) = self.reference(from);
                (ExprKind::Ref(Reference { base: Box::new(base), steps }), whole)
            }
            engine::Expr::BinExpr { op, lhs, rhs, .. } => {
                let op = match op {
                    engine::BinOp::Union => SetOp::Union,
                    engine::BinOp::Intersection => SetOp::Intersection,
                };
                (
                    ExprKind::SetOperation { op, left: self.boxed(lhs), right: self.boxed(rhs) },
                    whole,
                )
            }
            engine::Expr::BoolExpr { op, lhs, rhs, .. } => {
                let op = match op {
                    engine::BoolOp::Lt => CompareOp::Less,
                    engine::BoolOp::Le => CompareOp::LessOrEqual,
                    engine::BoolOp::Eq => CompareOp::Equal,
                    engine::BoolOp::Ne => CompareOp::NotEqual,
                    engine::BoolOp::Ge => CompareOp::GreaterOrEqual,
                    engine::BoolOp::Gt => CompareOp::Greater,
                };
                (ExprKind::Compare { op, left: self.boxed(lhs), right: self.boxed(rhs) }, whole)
            }
            engine::Expr::ArithExpr { op, lhs, rhs, .. } => {
                let op = match op {
                    engine::ArithOp::Add => ArithmeticOp::Add,
                    engine::ArithOp::Sub => ArithmeticOp::Subtract,
                    engine::ArithOp::Mul => ArithmeticOp::Multiply,
                    engine::ArithOp::Div => ArithmeticOp::Divide,
                    engine::ArithOp::Mod => ArithmeticOp::Remainder,
                };
                (ExprKind::Arithmetic { op, left: self.boxed(lhs), right: self.boxed(rhs) }, whole)
            }
            engine::Expr::AssignExpr { op, lhs, rhs, .. } => {
                let op = match op {
                    engine::AssignOp::Eq => AssignOp::Unify,
                    engine::AssignOp::ColEq => AssignOp::Bind,
                };
                (ExprKind::Assign { op, left: self.boxed(lhs), right: self.boxed(rhs) }, whole)
            }
            engine::Expr::Membership { key, value, collection, .. } => {
                let key = key.as_ref().map(|key| self.boxed(key));
                (
                    ExprKind::Membership {
                        key,
                        value: self.boxed(value),
                        collection: self.boxed(collection),
                    },
                    whole,
                )
            }
        };
        Expr { kind, span }
    }
}

fn string(value: &regorus::Value) -> String {
    value.as_string().map(ToString::to_string).unwrap_or_default()
}

/// A number as written; beyond 64 bits or `f64` the nearest finite `f64`.
fn number(text: &str) -> serde_json::Number {
    serde_json::from_str(text).unwrap_or_else(|_| {
        let value = text.parse::<f64>().unwrap_or(0.0).clamp(f64::MIN, f64::MAX);
        serde_json::Number::from_f64(value).unwrap_or_else(|| 0.into())
    })
}

/// `set()` may hold spaces and comments between its parentheses.
fn empty_set(from: &engine::Span, whole: Span) -> Span {
    let end = Tokens::from(from.source.contents(), whole.start)
        .find(|token| from.source.contents().get(token.start..token.end) == Some(")"))
        .map_or(whole.end, |token| token.end);
    Span { start: whole.start, end }
}

/// The steps of a path that the parser has already found to be constant, root first.
fn path(from: &engine::Ref<engine::Expr>) -> Vec<String> {
    let mut steps = Vec::new();
    let mut at = from;
    loop {
        match at.as_ref() {
            engine::Expr::RefDot { refr, field, .. } => {
                steps.push(field.0.text().to_owned());
                at = refr;
            }
            engine::Expr::RefBrack { refr, index, .. } => {
                steps.push(match index.as_ref() {
                    engine::Expr::String { value, .. } | engine::Expr::RawString { value, .. } => {
                        string(value)
                    }
                    other => other.span().text().to_owned(),
                });
                at = refr;
            }
            other => {
                steps.push(other.span().text().to_owned());
                break;
            }
        }
    }
    steps.reverse();
    steps
}
