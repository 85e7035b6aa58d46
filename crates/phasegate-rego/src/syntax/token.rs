//! The tokens of a text: just enough of Rego's lexer to know brackets, operators, strings and
//! comments apart.
//!
//! It reads the text exactly as the engine's lexer does where the two go on, and stops where the
//! engine's would stop.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name or keyword.
    Ident,
    /// A number; the sign belongs to it when a digit follows at once.
    Number,
    /// `"..."`, quotes included.
    String,
    /// `` `...` ``, quotes included.
    RawString,
    /// A bracket, operator or separator.
    Symbol,
    /// `# ...` up to the end of the line, which is not part of it.
    Comment,
    /// Text that is no token; the last one of its stream.
    Invalid(Invalid),
}

/// Why a text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Invalid {
    /// A `"` without its partner on the same line.
    OpenString,
    /// A `` ` `` without its partner.
    OpenRawString,
    /// A character that Rego has no use for.
    Character,
    /// A NUL: the engine would take it for the end of the text and ignore what follows.
    Nul,
    /// A control character inside a string.
    ControlInString,
    /// A carriage return that does not end a line.
    CarriageReturn,
}

/// One token and the byte range it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The tokens of a text, comments included.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The tokens from a byte offset on, which must be a character boundary outside strings and
    /// comments.
    pub(super) fn from(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        while self.byte(self.at).is_some_and(&test) {
            self.at += 1;
        }
    }

    /// Consumes the character at the current offset and answers `kind`.
    fn invalid(&mut self, kind: Invalid) -> TokenKind {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.chars().next().map_or(0, char::len_utf8);
        TokenKind::Invalid(kind)
    }

    fn number(&mut self) -> TokenKind {
        self.at += 1;
        self.skip_while(|b| b.is_ascii_digit());
        if self.byte(self.at) == Some(b'.')
            && self.byte(self.at + 1).is_some_and(|b| b.is_ascii_digit())
        {
            self.at += 1;
            self.skip_while(|b| b.is_ascii_digit());
        }
        if matches!(self.byte(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.skip_while(|b| b.is_ascii_digit());
        }
        TokenKind::Number
    }

    fn string(&mut self) -> TokenKind {
        let start = self.at;
        self.at += 1;
        loop {
            match self.byte(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return TokenKind::String;
                }
                Some(b'\\') if self.byte(self.at + 1).is_some_and(|b| b.is_ascii_graphic()) => {
                    self.at += 2;
                }
                None | Some(b'\n' | b'\r') => {
                    // The finding points at the quote.
                    self.at = start;
                    return self.invalid(Invalid::OpenString);
                }
                Some(0) => return self.invalid(Invalid::Nul),
                Some(..0x20) => return self.invalid(Invalid::ControlInString),
                Some(_) => self.at += 1,
            }
        }
    }

    fn raw_string(&mut self) -> TokenKind {
        let start = self.at;
        self.at += 1;
        self.skip_while(|b| b != b'`' && b != 0);
        match self.byte(self.at) {
            Some(b'`') => {
                self.at += 1;
                TokenKind::RawString
            }
            Some(_) => self.invalid(Invalid::Nul),
            None => {
                self.at = start;
                self.invalid(Invalid::OpenRawString)
            }
        }
    }

    fn comment(&mut self) -> TokenKind {
        self.skip_while(|b| b != b'\n' && b != 0);
        if self.byte(self.at) == Some(0) {
            return self.invalid(Invalid::Nul);
        }
        TokenKind::Comment
    }

    fn symbol(&mut self, length: usize) -> TokenKind {
        self.at += length;
        TokenKind::Symbol
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            match self.byte(self.at)? {
                b' ' | b'\t' | b'\n' => self.at += 1,
                b'\r' if self.byte(self.at + 1) == Some(b'\n') => self.at += 2,
                _ => break,
            }
        }
        let from = self.at;
        let next = self.byte(from + 1);
        let kind = match self.byte(from)? {
            b'#' => self.comment(),
            b'"' => self.string(),
            b'`' => self.raw_string(),
            b'-' | b'.' if next.is_some_and(|b| b.is_ascii_digit()) => self.number(),
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.skip_while(|b| b.is_ascii_alphanumeric() || b == b'_');
                TokenKind::Ident
            }
            b':' | b'<' | b'>' | b'=' | b'!' if next == Some(b'=') => self.symbol(2),
            b'{' | b'}' | b'[' | b']' | b'(' | b')' | b'+' | b'-' | b'*' | b'/' | b'%' | b','
            | b';' | b'.' | b'&' | b'|' | b':' | b'<' | b'>' | b'=' => self.symbol(1),
            b'\r' => self.invalid(Invalid::CarriageReturn),
            0 => self.invalid(Invalid::Nul),
            _ => self.invalid(Invalid::Character),
        };
        let (start, end) = match kind {
            // What is wrong is the character just consumed, wherever in the token it stands.
            TokenKind::Invalid(_) => {
                let end = self.at;
                let before = self.text.get(..end).unwrap_or_default();
                (end - before.chars().next_back().map_or(0, char::len_utf8), end)
            }
            _ => (from, self.at),
        };
        if matches!(kind, TokenKind::Invalid(_)) {
            self.at = self.text.len();
        }
        Some(Token { kind, start, end })
    }
}
