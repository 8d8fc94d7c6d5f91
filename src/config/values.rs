//! The value types of the field: mode, percentage, sticky key.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How far a route has been cut over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Legacy answers.
    #[default]
    Legacy,
    /// Legacy answers; the handler runs beside it and is compared (reads only).
    Shadow,
    /// The handler answers a percentage, chosen by a stable bucket; legacy the rest.
    Canary,
    /// The handler answers.
    Native,
    /// The handler answers; legacy is asked beside it and compared (reads only).
    Verify,
}

impl Mode {
    /// Every mode, in the order of the ladder.
    pub const ALL: [Self; 5] = [Self::Legacy, Self::Shadow, Self::Canary, Self::Native, Self::Verify];

    /// The word used in routes.toml, logs and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Shadow => "shadow",
            Self::Canary => "canary",
            Self::Native => "native",
            Self::Verify => "verify",
        }
    }
}

/// Whether a route changes state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Answers from state and leaves it as it was.
    Reads,
    /// Changes state.
    Writes,
}

impl Access {
    /// `reads` or `writes`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
        }
    }
}

/// What may be written natively while legacy uses the same databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NativeWrites {
    /// Routes that write are forwarded whatever their mode.
    #[default]
    Off,
    /// Native only while the package inside the legacy process is connected.
    Guarded,
    /// The operator takes the risk.
    Always,
}

/// A percentage in basis points: 0 to 10 000 steps of 0.01 %. Integers only, so that 0 and 100 are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(u16);

impl Percent {
    /// 100 %.
    pub const FULL: Self = Self(10_000);
    /// 0 %.
    pub const NONE: Self = Self(0);

    /// From basis points; `None` above 10 000.
    #[must_use]
    pub fn from_basis_points(points: u16) -> Option<Self> {
        (points <= 10_000).then_some(Self(points))
    }

    /// Basis points, 0 to 10 000.
    #[must_use]
    pub fn basis_points(self) -> u16 {
        self.0
    }

    /// As a number with at most two decimals, for whoever draws it.
    #[must_use]
    pub fn as_number(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// As a share, 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
}

impl FromStr for Percent {
    type Err = String;

    /// Reads the decimal text itself, never a float: `12.5`, `0.01`, `100`, each with an optional `%`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a percentage from 0 to 100 in steps of 0.01, got {text:?}");
        let digits = text.trim().trim_end_matches('%').trim_end();
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let part = part.trim_end_matches('0');
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !all_digits(whole) || !all_digits(part) {
            return Err(wrong());
        }
        let whole: u16 = whole.parse().map_err(|_| wrong())?;
        let part: u16 = format!("{part:0<2}").parse().map_err(|_| wrong())?;
        // Three digits times a hundred are more than 16 bits hold.
        let points = whole.checked_mul(100).and_then(|points| points.checked_add(part));
        points.and_then(Self::from_basis_points).ok_or_else(wrong)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole}"),
            p if p % 10 == 0 => write!(f, "{whole}.{}", p / 10),
            p => write!(f, "{whole}.{p:02}"),
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a canary is sticky to: the source of the targeting key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sticky {
    /// The value of a request header (lower-case name).
    Header(String),
    /// The value of a cookie.
    Cookie(String),
    /// The client's address.
    Client,
    /// The logged-in user.
    User,
    /// Nothing: each request draws anew.
    Request,
}

impl FromStr for Sticky {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("expected \"client\", \"user\", \"request\", \"header:<name>\" or \"cookie:<name>\", got {text:?}")
        };
        match text.split_once(':') {
            Some(("header", name)) => http::HeaderName::from_bytes(name.as_bytes())
                .map(|name| Self::Header(name.as_str().to_owned()))
                .map_err(|_| wrong()),
            Some(("cookie", name)) if http::HeaderName::from_bytes(name.as_bytes()).is_ok() => {
                Ok(Self::Cookie(name.to_owned()))
            }
            None if text == "client" => Ok(Self::Client),
            None if text == "user" => Ok(Self::User),
            None if text == "request" => Ok(Self::Request),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Sticky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Cookie(name) => write!(f, "cookie:{name}"),
            Self::Client => f.write_str("client"),
            Self::User => f.write_str("user"),
            Self::Request => f.write_str("request"),
        }
    }
}

impl<'de> Deserialize<'de> for Sticky {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_percentage_is_read_in_steps_of_a_hundredth() {
        for (text, points) in [("0", 0), ("100", 10_000), ("12.5", 1250), ("0.01", 1), ("99.99 %", 9999), ("7.00", 700)]
        {
            assert_eq!(text.parse::<Percent>().map(Percent::basis_points), Ok(points), "{text}");
        }
        for text in ["", "-1", "100.01", "0.001", "1e1", "nan", ".5", "1.2.3", "101", "656", "999", "5 0"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_percentage_survives_being_written_and_read(points in 0u16..=10_000) {
            let percent = Percent::from_basis_points(points).unwrap();
            prop_assert_eq!(percent.to_string().parse::<Percent>(), Ok(percent));
        }
    }

    #[test]
    fn a_sticky_key_names_its_source() {
        for text in ["client", "user", "request", "header:x-user", "cookie:sid"] {
            assert_eq!(text.parse::<Sticky>().unwrap().to_string(), text);
        }
        for text in ["", "header", "header:", "header:a b", "session", "user:x"] {
            assert!(text.parse::<Sticky>().is_err(), "{text}");
        }
    }
}
