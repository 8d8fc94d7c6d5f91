//! Trace context: of whose trace a request is a part (W3C Trace Context, <https://www.w3.org/TR/trace-context-2/>).
//!
//! A field that is not to the letter is as good as none: a trace is begun anew, rather than joined to a wrong one.

use std::{
    fmt::{self, Write as _},
    num::{NonZeroU64, NonZeroU128},
};

/// Length of the field in version 00, and of the part of later versions that is known.
const LENGTH: usize = 55;
/// Flags that there are: sampled, and random. Others are not passed on (section 3.2.2.5.2).
const KNOWN: u8 = SAMPLED | RANDOM;
/// Somebody before us records the trace.
const SAMPLED: u8 = 0b01;
/// The trace's id is random.
const RANDOM: u8 = 0b10;

/// What a `traceparent` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The trace.
    pub trace: NonZeroU128,
    /// Who asks.
    pub span: NonZeroU64,
    /// Those that are known.
    pub flags: u8,
}

/// A request's own place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The trace.
    pub trace: NonZeroU128,
    /// Whoever asked, unless the trace begins here.
    pub parent: Option<NonZeroU64>,
    /// This request, on its way through the bridge.
    pub span: NonZeroU64,
    /// Those that are known.
    pub flags: u8,
}

impl Parent {
    /// Reads a field's value; none if it is not to the letter: lower-case hexadecimal digits, no id of zeros, version 00
    /// with nothing after it. Of a later version the part that is known is read (section 4.3).
    #[must_use]
    pub fn read(value: &[u8]) -> Option<Self> {
        let (known, more) = value.split_at_checked(LENGTH)?;
        let [v1, v2, b'-', known @ ..] = known else { return None };
        let version = u8::try_from(hex(&[*v1, *v2])?).ok()?;
        let (trace, rest) = known.split_at_checked(32)?;
        let (span, flags) = rest.strip_prefix(b"-")?.split_at_checked(16)?;
        let flags = u8::try_from(hex(flags.strip_prefix(b"-")?)?).ok()?;
        let ends = match version {
            0 => more.is_empty(),
            0xff => false,
            _ => more.is_empty() || more.starts_with(b"-"),
        };
        let trace = NonZeroU128::new(hex(trace)?)?;
        let span = NonZeroU64::new(u64::try_from(hex(span)?).ok()?)?;
        ends.then_some(Self { trace, span, flags: flags & KNOWN })
    }
}

/// Lower-case digits alone, 32 at most.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |sum, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(sum << 4 | u128::from(value))
    })
}

impl Trace {
    /// A trace that begins with this request.
    #[must_use]
    pub fn begin() -> Self {
        let trace = NonZeroU128::new(rand::random()).unwrap_or(NonZeroU128::MIN);
        Self { trace, parent: None, span: span(), flags: KNOWN }
    }

    /// A request of somebody's trace.
    #[must_use]
    pub fn under(parent: Parent) -> Self {
        let Parent { trace, span: asks, flags } = parent;
        Self { trace, parent: Some(asks), span: span(), flags }
    }

    /// Whether somebody records it.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The trace's id.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// This request's id.
    #[must_use]
    pub fn request(&self) -> String {
        format!("{:016x}", self.span)
    }
}

/// As `traceparent` has it for whoever is asked by us.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

impl Trace {
    /// The same, written behind what is there.
    pub fn put(&self, line: &mut impl fmt::Write) {
        // Memory takes everything.
        _ = write!(line, "{self}");
    }
}

/// An id for a request.
fn span() -> NonZeroU64 {
    NonZeroU64::new(rand::random()).unwrap_or(NonZeroU64::MIN)
}

/// An id for a request that is part of no trace: it tells its lines in the logs from those of others.
#[must_use]
pub fn request_id() -> String {
    let mut id = String::with_capacity(16);
    _ = write!(id, "{:016x}", span());
    id
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn read(text: &str) -> Option<Parent> {
        Parent::read(text.as_bytes())
    }

    #[test]
    fn the_example_of_the_recommendation_is_read() {
        let parent = read(GOOD).unwrap();
        assert_eq!(format!("{:x}", parent.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((format!("{:x}", parent.span), parent.flags), ("f067aa0ba902b7".into(), 1));
        let ours = Trace::under(parent);
        assert_eq!((ours.trace, ours.parent, ours.is_sampled()), (parent.trace, Some(parent.span), true));
        assert_ne!(ours.span, parent.span);
        assert!(
            ours.to_string().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && ours.to_string().ends_with("-01")
        );
    }

    #[test]
    fn what_is_not_to_the_letter_is_no_context() {
        let zeros = |at: std::ops::Range<usize>| {
            let mut text = GOOD.to_owned();
            text.replace_range(at.clone(), &"0".repeat(at.len()));
            text
        };
        let bad = [
            String::new(),
            GOOD.to_uppercase(),
            format!("{GOOD}-"),
            format!("{GOOD}-00"),
            format!("{GOOD} "),
            format!(" {GOOD}"),
            GOOD.replace('-', "_"),
            GOOD.replacen("00", "ff", 1),
            GOOD.replacen("00", "0g", 1),
            GOOD[..54].to_owned(),
            GOOD.replacen("4bf9", "4bF9", 1),
            zeros(3..35),
            zeros(36..52),
            GOOD.replacen("00", "01", 1) + "x",
            format!("{GOOD},{GOOD}"),
        ];
        for text in bad {
            assert_eq!(read(&text), None, "{text:?}");
        }
    }

    #[test]
    fn of_a_later_version_the_known_part_is_read_and_flags_of_no_meaning_are_left_out() {
        for more in ["", "-", "-what-ever it is"] {
            assert_eq!(read(&(GOOD.replacen("00", "cc", 1) + more)), read(GOOD), "{more:?}");
        }
        assert_eq!(read(&GOOD.replace("-01", "-ff")).unwrap().flags, 0b11);
        assert_eq!(read(&GOOD.replace("-01", "-fc")).unwrap().flags, 0);
    }

    #[test]
    fn a_trace_that_begins_here_is_one_that_others_read() {
        let (one, other) = (Trace::begin(), Trace::begin());
        assert_eq!(read(&one.to_string()).map(|parent| (parent.trace, parent.span)), Some((one.trace, one.span)));
        assert!(one.trace != other.trace && one.span != other.span && one.parent.is_none());
        assert_eq!(request_id().len(), 16);
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_as_it_came(
            trace in 1u128.., span in 1u64.., flags: u8, version in 0u8..0xff, more in "(-[ -~]{0,20})?",
        ) {
            let more = if version == 0 { "" } else { &more };
            let text = format!("{version:02x}-{trace:032x}-{span:016x}-{flags:02x}{more}");
            let parent = read(&text).unwrap();
            prop_assert_eq!((parent.trace.get(), parent.span.get(), parent.flags), (trace, span, flags & KNOWN));
            let passed = read(&Trace::under(parent).to_string()).unwrap();
            prop_assert_eq!((passed.trace, passed.flags), (parent.trace, parent.flags));
        }

        #[test]
        fn one_wrong_letter_makes_it_none(at in 0..LENGTH, wrong in any::<u8>()) {
            let mut value = GOOD.as_bytes().to_owned();
            let right = value[at];
            value[at] = wrong;
            let digit = wrong.is_ascii_digit() || (b'a'..=b'f').contains(&wrong);
            let known = Parent::read(&value).is_some();
            prop_assert_eq!(known, if right == b'-' { wrong == b'-' } else { digit && !value.starts_with(b"ff") });
        }

        #[test]
        fn no_bytes_at_all_stop_it(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(Parent::read(&bytes).is_none() || bytes.len() >= LENGTH);
        }
    }
}
