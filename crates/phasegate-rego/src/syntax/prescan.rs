//! Bounds what the parser is given.
//!
//! One pass over the tokens, before the engine's parser runs: it pairs the brackets, refuses text
//! that is no token, and estimates from above how often the parser will look at each token and how
//! high the trees will be. See [`limits`](super::limits).

use super::Module;
use super::limits::{
    MAX_ARGUMENTS, MAX_COLUMNS, MAX_EXPONENT, MAX_FILE_BYTES, MAX_FILE_WORK, MAX_HEIGHT,
    MAX_IMPORTS, MAX_LINES, MAX_NESTING, MAX_NUMBER_CHARS, MAX_STATEMENTS,
};
use super::token::{Invalid, Token, TokenKind, Tokens};
use super::tree::Span;
use crate::diagnostic::{Code, Diagnostic};

/// What the pass found out.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Offsets of the brackets `(open, close)`, by `close`.
    brackets: Vec<(usize, usize)>,
    /// The strings, quotes included, in order.
    strings: Vec<Span>,
    /// The comments, in order.
    pub(super) comments: Vec<Comment>,
    /// One past the last token that is not a comment.
    pub(super) end: usize,
    /// The first separator that looks out of place in a body: where to point when the parser does
    /// not say.
    pub(super) suspect: Option<usize>,
    /// How many tokens the parser will look at, at most.
    pub(super) work: u64,
}

/// A comment and where the next token begins, if one does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comment {
    pub(super) span: Span,
    pub(super) next: Option<usize>,
}

impl Scan {
    /// The span that the engine's parser means: it leaves the quotes of a string out, at both ends
    /// of whatever begins or ends with one.
    pub(super) fn with_quotes(&self, span: Span) -> Span {
        let string_at = |offset: usize| {
            let after = self.strings.partition_point(|string| string.start < offset);
            after
                .checked_sub(1)
                .and_then(|at| self.strings.get(at))
                .filter(|string| offset < string.end)
        };
        Span {
            start: string_at(span.start).map_or(span.start, |string| string.start),
            end: string_at(span.end).map_or(span.end, |string| string.end),
        }
    }

    /// Where the bracket opens that closes at an offset.
    pub(super) fn opening(&self, close: usize) -> Option<usize> {
        let at = self.brackets.partition_point(|&(_, c)| c < close);
        self.brackets.get(at).filter(|&&(_, c)| c == close).map(|&(open, _)| open)
    }
}

/// What a bracket is, as far as the parser's effort depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `( ... )`: read once.
    Parens,
    /// `x[ ... ]`: read once.
    Index,
    /// `[ ... ]` or `{ ... }` as a term: the first item is first tried as a comprehension's.
    Literal,
    /// What follows `|` in a term: tried as a body, then as an operand.
    AfterBar,
    /// `{ ... }` of a rule or `every`: the first statement is tried as a body's, then as a term's.
    Body,
}

/// An open bracket.
#[derive(Debug)]
struct Frame {
    open: usize,
    kind: Kind,
    /// How often the parser may look at the bracket itself.
    base: u64,
    /// The same for what is read now.
    times: u64,
    /// Operators, calls and steps of the expression that is read now.
    chain: u32,
    /// The greatest height of a bracket in it.
    below: u32,
    /// The greatest height of the expressions before it.
    height: u32,
    /// Commas so far.
    commas: u32,
    /// Statements begun so far.
    statements: u32,
}

impl Frame {
    fn new(open: usize, kind: Kind, base: u64) -> Self {
        // Upper bounds of what was counted in the parser's source: a statement is read as a
        // reference and then as an expression; a bracket as a comprehension and then as a literal.
        let factor = match kind {
            Kind::Parens | Kind::Index => 1,
            Kind::Literal => 2,
            Kind::AfterBar => 4,
            Kind::Body => 8,
        };
        let times = base.saturating_mul(factor);
        Self { open, kind, base, times, chain: 0, below: 0, height: 0, commas: 0, statements: 0 }
    }

    /// A new expression begins.
    fn boundary(&mut self) {
        self.height = self.height.max(self.current());
        self.chain = 0;
        self.below = 0;
    }

    fn current(&self) -> u32 {
        self.chain.saturating_add(self.below)
    }
}

/// Words that are never part of an expression.
const KEYWORDS: [&str; 10] =
    ["as", "default", "else", "every", "if", "import", "not", "package", "some", "with"];

/// Checks a text against the limits.
///
/// # Errors
/// The first limit it exceeds, the first text that is no token, or the first bracket without a
/// partner.
pub(super) fn scan(module: &Module) -> Result<Scan, Box<Diagnostic>> {
    size(module)?;
    let mut pass = Pass {
        module,
        scan: Scan::default(),
        stack: Vec::new(),
        top: Frame::new(0, Kind::Literal, 1),
        previous: Previous::Start,
        previous_end: 0,
        imports: 0,
    };
    for token in Tokens::new(&module.text) {
        pass.token(token)?;
    }
    if let Some(frame) = pass.stack.last() {
        let open = symbol_at(&module.text, frame.open);
        return fault(
            module,
            Span { start: frame.open, end: frame.open + 1 },
            Code::RegoParseError,
            format!("this `{open}` is never closed"),
            "close it, or remove it",
        );
    }
    Ok(pass.scan)
}

fn fault<T>(
    module: &Module,
    span: Span,
    code: Code,
    message: String,
    remedy: &str,
) -> Result<T, Box<Diagnostic>> {
    Err(Box::new(module.diagnostic(span, code, message, remedy)))
}

fn limit<T>(
    module: &Module,
    span: Span,
    message: String,
    remedy: &str,
) -> Result<T, Box<Diagnostic>> {
    fault(module, span, Code::RegoLimitError, message, remedy)
}

fn size(module: &Module) -> Result<(), Box<Diagnostic>> {
    let bytes = module.text.len();
    let whole = |message: String, remedy| {
        Err(Box::new(Diagnostic::whole(&module.file, Code::RegoLimitError, message, remedy)))
    };
    if bytes > MAX_FILE_BYTES {
        return whole(
            format!("the file has {bytes} bytes, more than {MAX_FILE_BYTES}"),
            "split it; tables belong into `data.json` or `data.yaml`",
        );
    }
    let lines = module.text.lines().count();
    if lines > MAX_LINES {
        return whole(
            format!("the file has {lines} lines, more than {MAX_LINES}"),
            "split it; tables belong into `data.json` or `data.yaml`",
        );
    }
    for (row, line) in module.text.lines().enumerate() {
        if line.len() > MAX_COLUMNS
            && let Some((column, _)) = line.char_indices().nth(MAX_COLUMNS)
        {
            let start = module.line_starts.get(row).copied().unwrap_or(0) + column;
            return limit(
                module,
                Span { start, end: start },
                format!("the line has more than {MAX_COLUMNS} characters"),
                "break the line",
            );
        }
    }
    Ok(())
}

fn symbol_at(text: &str, offset: usize) -> &str {
    text.get(offset..offset + 1).unwrap_or_default()
}

/// What the token before was, comments aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Previous {
    /// There is none.
    Start,
    /// A name, or a bracket that a call may follow.
    Callable,
    /// The end of another operand.
    Operand,
    /// `if` or `else`: a body may follow.
    BeforeBody,
    /// `contains`: a name, or the keyword of a rule's head.
    Contains,
    /// Another keyword.
    Keyword,
    /// `.`: a name after it is a step, whatever it says.
    Dot,
    /// An operator or separator.
    Operator,
}

struct Pass<'a> {
    module: &'a Module,
    scan: Scan,
    stack: Vec<Frame>,
    /// The frame outside of all brackets.
    top: Frame,
    previous: Previous,
    previous_end: usize,
    imports: u32,
}

impl Pass<'_> {
    fn frame(&mut self) -> &mut Frame {
        self.stack.last_mut().unwrap_or(&mut self.top)
    }

    fn token(&mut self, token: Token) -> Result<(), Box<Diagnostic>> {
        if token.kind == TokenKind::Comment {
            let span = Span { start: token.start, end: token.end };
            self.scan.comments.push(Comment { span, next: None });
            return Ok(());
        }
        for comment in self.scan.comments.iter_mut().rev().take_while(|c| c.next.is_none()) {
            comment.next = Some(token.start);
        }
        let span = Span { start: token.start, end: token.end };
        let module = self.module;
        let text = module.text_of(span);
        let operand_before =
            matches!(self.previous, Previous::Callable | Previous::Contains | Previous::Operand);
        self.previous = match token.kind {
            TokenKind::Invalid(why) => return invalid(module, span, why),
            TokenKind::Comment => self.previous,
            TokenKind::Ident if self.previous == Previous::Dot => Previous::Callable,
            TokenKind::Ident if text == "in" => self.link(span)?,
            TokenKind::Ident if KEYWORDS.contains(&text) => {
                self.separate(span, matches!(text, "not" | "some" | "every"))?;
                if text == "import" {
                    self.imports += 1;
                    if self.imports > MAX_IMPORTS {
                        return limit(
                            module,
                            span,
                            format!("the file has more than {MAX_IMPORTS} imports"),
                            "import packages, not their rules",
                        );
                    }
                }
                if matches!(text, "if" | "else") { Previous::BeforeBody } else { Previous::Keyword }
            }
            TokenKind::Number => {
                self.number(span)?;
                if operand_before && text.starts_with('-') {
                    self.link(span)?;
                } else if operand_before {
                    self.separate(span, true)?;
                }
                Previous::Operand
            }
            TokenKind::Ident | TokenKind::String | TokenKind::RawString => {
                if operand_before {
                    self.separate(span, true)?;
                }
                if token.kind != TokenKind::Ident {
                    self.scan.strings.push(span);
                }
                match token.kind {
                    TokenKind::Ident if text == "contains" => Previous::Contains,
                    TokenKind::Ident => Previous::Callable,
                    _ => Previous::Operand,
                }
            }
            TokenKind::Symbol => self.symbol(span, text, operand_before)?,
        };
        self.previous_end = token.end;
        self.scan.end = token.end;
        // The parser copies its state at each bracket, which costs as much as several tokens.
        let cost = if matches!(text, "[" | "{") { 8 } else { 1 };
        let visits = self.frame().times.saturating_mul(cost);
        self.scan.work = self.scan.work.saturating_add(visits);
        if self.scan.work > MAX_FILE_WORK {
            return limit(
                module,
                span,
                "brackets are nested so that reading the file would take the parser too long"
                    .to_owned(),
                "give the inner collections rules of their own",
            );
        }
        Ok(())
    }

    fn symbol(
        &mut self,
        span: Span,
        text: &str,
        operand_before: bool,
    ) -> Result<Previous, Box<Diagnostic>> {
        match text {
            "[" => {
                let adjacent = operand_before && self.previous_end == span.start;
                if adjacent {
                    self.link(span)?;
                } else if operand_before {
                    self.separate(span, true)?;
                }
                self.open(span, if adjacent { Kind::Index } else { Kind::Literal })
            }
            "(" => {
                if matches!(self.previous, Previous::Callable | Previous::Contains) {
                    self.link(span)?;
                } else if operand_before {
                    self.separate(span, true)?;
                }
                self.open(span, Kind::Parens)
            }
            "{" => {
                let body = matches!(
                    self.previous,
                    Previous::Callable | Previous::Operand | Previous::BeforeBody
                );
                if operand_before {
                    self.separate(span, true)?;
                }
                self.open(span, if body { Kind::Body } else { Kind::Literal })
            }
            "]" | ")" | "}" => self.close(span, text),
            "," => {
                self.suspicious(span);
                let frame = self.frame();
                frame.commas += 1;
                let too_many = frame.kind == Kind::Parens && frame.commas >= MAX_ARGUMENTS;
                if too_many {
                    return limit(
                        self.module,
                        span,
                        format!("more than {MAX_ARGUMENTS} arguments"),
                        "pass one object",
                    );
                }
                self.separate(span, false)?;
                Ok(Previous::Operator)
            }
            ";" => {
                self.separate(span, true)?;
                Ok(Previous::Operator)
            }
            ":" => {
                self.suspicious(span);
                let frame = self.frame();
                let times = frame.times;
                frame.boundary();
                // The value after the first key is tried as a comprehension's, too.
                frame.times = times;
                Ok(Previous::Operator)
            }
            "|" => {
                self.link(span)?;
                let frame = self.frame();
                if frame.kind == Kind::Literal {
                    frame.kind = Kind::AfterBar;
                    frame.times = frame.base.saturating_mul(4);
                    frame.statements = 1;
                }
                Ok(Previous::Operator)
            }
            "." => {
                self.link(span)?;
                Ok(Previous::Dot)
            }
            _ => self.link(span),
        }
    }

    /// A separator in a body that the parser refuses without a position.
    fn suspicious(&mut self, span: Span) {
        let frame = self.frame();
        if frame.kind == Kind::Body && frame.statements <= 1 && self.scan.suspect.is_none() {
            self.scan.suspect = Some(span.start);
        }
    }

    /// An operator, call or step: one level more in the expression that is read now.
    fn link(&mut self, span: Span) -> Result<Previous, Box<Diagnostic>> {
        let frame = self.frame();
        frame.chain = frame.chain.saturating_add(1);
        self.height(span)?;
        Ok(Previous::Operator)
    }

    fn height(&mut self, span: Span) -> Result<(), Box<Diagnostic>> {
        if self.frame().current() <= MAX_HEIGHT {
            return Ok(());
        }
        limit(
            self.module,
            span,
            format!(
                "the expression has more than {MAX_HEIGHT} operators, calls and steps in a row"
            ),
            "split it into several rules or assignments",
        )
    }

    /// Another expression begins: after a separator, or in a body because two operands stand side
    /// by side.
    fn separate(&mut self, span: Span, statement: bool) -> Result<(), Box<Diagnostic>> {
        let frame = self.stack.last_mut().unwrap_or(&mut self.top);
        frame.boundary();
        frame.times = match frame.kind {
            Kind::Parens | Kind::Index | Kind::Literal => frame.base,
            Kind::AfterBar | Kind::Body => frame.base.saturating_mul(2),
        };
        if self.stack.is_empty() {
            self.top.times = 2;
        } else if statement {
            let frame = self.frame();
            frame.statements += 1;
            if frame.statements > MAX_STATEMENTS {
                return limit(
                    self.module,
                    span,
                    format!("more than {MAX_STATEMENTS} statements in one body"),
                    "split it into several rules",
                );
            }
        }
        Ok(())
    }

    fn open(&mut self, span: Span, kind: Kind) -> Result<Previous, Box<Diagnostic>> {
        if self.stack.len() >= MAX_NESTING {
            return limit(
                self.module,
                span,
                format!("brackets are nested more than {MAX_NESTING} deep"),
                "give the inner part a rule of its own",
            );
        }
        let times = self.frame().times;
        self.stack.push(Frame::new(span.start, kind, times));
        Ok(Previous::Operator)
    }

    fn close(&mut self, span: Span, text: &str) -> Result<Previous, Box<Diagnostic>> {
        let module = self.module;
        let Some(mut frame) = self.stack.pop() else {
            return fault(
                module,
                span,
                Code::RegoParseError,
                format!("this `{text}` closes nothing"),
                "remove it, or open what it should close",
            );
        };
        let open = symbol_at(&module.text, frame.open);
        if !matches!((open, text), ("(", ")") | ("[", "]") | ("{", "}")) {
            let row = module.position(frame.open).row;
            return fault(
                module,
                span,
                Code::RegoParseError,
                format!("this `{text}` cannot close the `{open}` of line {row}"),
                "close brackets in the order in which they were opened",
            );
        }
        frame.boundary();
        self.scan.brackets.push((frame.open, span.start));
        let outer = self.frame();
        outer.below = outer.below.max(frame.height.saturating_add(1));
        self.height(span)?;
        Ok(if text == "]" { Previous::Callable } else { Previous::Operand })
    }

    fn number(&self, span: Span) -> Result<(), Box<Diagnostic>> {
        let text = self.module.text_of(span);
        let exponent = text.split_once(['e', 'E']).map_or("", |(_, exponent)| exponent);
        let digits = exponent.trim_start_matches(['+', '-']).trim_start_matches('0');
        let small = digits.is_empty() || digits.parse().is_ok_and(|n: u32| n <= MAX_EXPONENT);
        if text.len() <= MAX_NUMBER_CHARS && small {
            return Ok(());
        }
        limit(
            self.module,
            span,
            format!(
                "a number of more than {MAX_NUMBER_CHARS} digits, or an exponent beyond {MAX_EXPONENT}"
            ),
            "use a number that a policy can compare",
        )
    }
}

fn invalid<T>(module: &Module, span: Span, why: Invalid) -> Result<T, Box<Diagnostic>> {
    let shown = module.text_of(span).escape_debug();
    let (message, remedy) = match why {
        Invalid::OpenString => (
            "this string does not end on its line".to_owned(),
            "close it with `\"`, or use a raw string",
        ),
        Invalid::OpenRawString => {
            ("this raw string never ends".to_owned(), "close it with a backtick")
        }
        Invalid::Character => (
            format!("Rego has no use for the character `{shown}`"),
            "remove it, or put it into a string",
        ),
        Invalid::Nul => (
            "the text contains a NUL".to_owned(),
            "remove it: the engine would ignore everything after it",
        ),
        Invalid::ControlInString => (
            format!("a string contains the control character `{shown}`"),
            "write it as an escape, or use a raw string",
        ),
        Invalid::CarriageReturn => (
            "a carriage return that ends no line".to_owned(),
            "end lines with a line feed, before it at most one carriage return",
        ),
    };
    fault(module, span, Code::RegoParseError, message, remedy)
}
