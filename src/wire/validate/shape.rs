//! What a scalar looks like on the wire, for the description of the API.

/// What a kind takes that a function reads. What is described is the spelling to use; marshmallow takes others too, as
/// `"yes"` for a boolean or `"7"` for an int.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Any text.
    Text,
    /// A text with something in it.
    NonEmptyText,
    /// A text that such an expression (of ECMA-262, as JSON Schema has it) matches, what it is, and one of them.
    Like(&'static str, &'static str, &'static str),
    /// A boolean.
    Boolean,
    /// An int.
    Int,
    /// A number, or a text that has one.
    Amount(Sign),
    /// Such a number from 0 to 100.
    Percentage,
    /// Any object.
    Object,
    /// Anything but null.
    Anything,
    /// A file or directory of the machine that legacy runs on.
    Path,
    /// A file that comes as a part of a form; its name is read.
    File,
}

/// Which numbers are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// All.
    Any,
    /// Those from 0 on.
    NotNegative,
    /// Those above 0.
    Positive,
}
