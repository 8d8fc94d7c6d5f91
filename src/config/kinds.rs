//! How a value of each kind is read from text and from TOML, and what to say when it cannot be.

use std::{net::SocketAddr, time::Duration};

use figment::value::{Empty, Value};
use toml::de::DeValue;

use super::{
    fault::remedy,
    guardrails,
    host::Host,
    ladder::{self, Ladder},
    rules,
    values::{Mode, Percent, Sticky},
};

/// The kind of a configuration value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// `250ms`, `30s`, `5m`, `2h`, or `off`.
    Duration,
    /// The same, but `0s` in place of `off`: what is waited in any case.
    Delay,
    /// `64KiB`, `10MiB`, `2GiB`, a number of bytes, or `off`.
    Size,
    /// An IP address and port to listen on.
    Address,
    /// `http://host:port`.
    Url,
    /// A path of the file system; empty means none.
    Path,
    /// One of a fixed set of words.
    Word(&'static [&'static str]),
    /// 0 to 100 in steps of 0.01.
    Percent,
    /// The source of a targeting key.
    Sticky,
    /// A list of networks, as in `["10.0.0.0/8"]`.
    Networks,
    /// A directive of the log filter, as in `info` or `cutover=debug,warn`.
    LogFilter,
    /// Names, lower-cased.
    Names,
    /// Hosts, each perhaps with a port, as in `["cutover.example"]`.
    Hosts,
    /// Rules of parity.
    Rules,
    /// The steps of a ladder.
    Ladder,
    /// Guardrails of one route.
    Guardrails,
    /// A number from 1 on, as in `1.5`, or `off`.
    Ratio,
    /// `http://host/path` or `https://host/path`; empty means none.
    Webhook,
    /// Any text.
    Text,
}

const MODES: &[&str] = &["legacy", "shadow", "canary", "native", "verify"];

impl Kind {
    /// The kind of a mode.
    pub const MODE: Self = Self::Word(MODES);

    /// What such a value looks like, for documentation and error messages.
    #[must_use]
    pub fn expects(self) -> String {
        match self {
            Self::Bool => "true or false".into(),
            Self::Integer(low, high) => format!("a whole number from {low} to {high}"),
            Self::Duration => "a duration such as \"250ms\", \"30s\", \"5m\" or \"off\"".into(),
            Self::Delay => "a duration such as \"250ms\", \"30s\" or \"0s\"".into(),
            Self::Size => "a size such as \"64KiB\", \"10MiB\", a number of bytes or \"off\"".into(),
            Self::Address => "an IP address and port such as \"127.0.0.1:4300\"".into(),
            Self::Url => "an address such as \"http://127.0.0.1:4242\"".into(),
            Self::Path => "a path".into(),
            Self::Word(words) => {
                format!("one of {}", words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", "))
            }
            Self::Percent => "a percentage from 0 to 100 in steps of 0.01".into(),
            Self::Sticky => "\"client\", \"user\", \"request\", \"header:<name>\" or \"cookie:<name>\"".into(),
            Self::Networks => "a list of networks such as [\"10.0.0.0/8\"]".into(),
            Self::Names => "a list of names such as [\"pin\", \"x-session\"]".into(),
            Self::Hosts => "a list of hosts such as [\"cutover.example\", \"localhost:9000\"]".into(),
            Self::LogFilter => "a log filter such as \"info\" or \"cutover=debug,warn\"".into(),
            Self::Rules => rules::EXPECTS.into(),
            Self::Ladder => ladder::EXPECTS.into(),
            Self::Guardrails => guardrails::EXPECTS.into(),
            Self::Ratio => "a number from 1 on such as 1.5, or \"off\"".into(),
            Self::Webhook => "an address such as \"https://example.org/hook\"".into(),
            Self::Text => "a text".into(),
        }
    }

    /// Reads a value from text: the environment, the command line, or a TOML string.
    ///
    /// # Errors
    /// What was expected and what was found instead.
    pub fn read_text(self, text: &str) -> Result<Value, String> {
        let wrong = || format!("expected {}, got {text:?}", self.expects());
        match self {
            Self::Bool => text.parse::<bool>().map(Value::from).map_err(|_| wrong()),
            Self::Integer(low, high) => match text.parse::<i64>() {
                Ok(number) if (low..=high).contains(&number) => Ok(Value::from(number)),
                _ => Err(wrong()),
            },
            Self::Duration => parse_duration(text).map(|_| Value::from(text)).ok_or_else(wrong),
            Self::Delay => parse_delay(text).map(|_| Value::from(text)).ok_or_else(wrong),
            Self::Size => parse_size(text).map(|_| Value::from(text)).ok_or_else(wrong),
            Self::Address => text.parse::<SocketAddr>().map(|_| Value::from(text)).map_err(|_| wrong()),
            Self::Url => check_url(text).map(|()| Value::from(text)).ok_or_else(wrong),
            Self::Word(words) if words.contains(&text) => Ok(Value::from(text)),
            Self::Word(words) => Err(format!("{}{}", wrong(), near_word(text, words))),
            Self::Percent => text.parse::<Percent>().map(|p| Value::from(p.to_string())),
            Self::Sticky => text.parse::<Sticky>().map(|s| Value::from(s.to_string())),
            Self::Networks => {
                let parts: Vec<&str> = text.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
                for part in &parts {
                    part.parse::<ipnet::IpNet>().map_err(|_| wrong())?;
                }
                Ok(Value::from(parts.into_iter().map(str::to_owned).collect::<Vec<_>>()))
            }
            Self::Hosts => {
                let hosts = text.split(',').map(str::trim).filter(|host| !host.is_empty());
                let hosts: Result<Vec<Host>, _> = hosts.map(str::parse).collect();
                let hosts = hosts.map_err(|_| wrong())?;
                Ok(Value::from(hosts.iter().map(Host::to_string).collect::<Vec<_>>()))
            }
            Self::Names => {
                let names = text.split(',').map(|name| name.trim().to_ascii_lowercase());
                Ok(Value::from(names.filter(|name| !name.is_empty()).collect::<Vec<_>>()))
            }
            Self::LogFilter => {
                let filter = without_blanks(text);
                match tracing_subscriber::EnvFilter::builder().parse(&filter) {
                    Ok(_) => Ok(Value::from(filter)),
                    Err(_) => Err(wrong()),
                }
            }
            Self::Rules | Self::Guardrails => self.read_toml(DeValue::parse(text).map_err(|_| wrong())?.get_ref()),
            Self::Ladder => {
                let steps: Vec<&str> = text.split(',').map(str::trim).filter(|step| !step.is_empty()).collect();
                Ladder::read(steps.iter().copied())?;
                Ok(Value::from(steps.into_iter().map(str::to_owned).collect::<Vec<_>>()))
            }
            Self::Ratio => parse_ratio(text).map(|_| Value::from(text)).ok_or_else(wrong),
            Self::Webhook if text.is_empty() || is_web_address(text) => Ok(Value::from(text)),
            Self::Webhook => Err(wrong()),
            Self::Path | Self::Text => Ok(Value::from(text)),
        }
    }

    /// Reads a value of routes.toml. Numbers are taken by their digits, never through a float.
    ///
    /// # Errors
    /// What was expected and what was found instead.
    pub fn read_toml(self, value: &DeValue<'_>) -> Result<Value, String> {
        let wrong = || format!("expected {}, got {}", self.expects(), describe(value));
        match (self, value) {
            (Self::Networks | Self::Names | Self::Hosts, DeValue::Array(items)) => {
                let texts: Option<Vec<&str>> = items.iter().map(|item| item.get_ref().as_str()).collect();
                self.read_text(&texts.ok_or_else(wrong)?.join(","))
            }
            (Self::Networks | Self::Names | Self::Hosts, _) => Err(wrong()),
            (Self::Rules, rules) => rules::read(rules),
            (Self::Ladder, steps) => ladder::read(steps),
            (Self::Guardrails, bounds) => guardrails::read(bounds),
            (Self::Bool, DeValue::Boolean(flag)) => Ok(Value::from(*flag)),
            (Self::Bool | Self::Integer(..), DeValue::String(_)) => Err(wrong()),
            (Self::Integer(..) | Self::Percent | Self::Size | Self::Ratio, DeValue::Integer(number))
                if number.radix() == 10 =>
            {
                self.read_text(&number.as_str().replace('_', ""))
            }
            (Self::Percent | Self::Ratio, DeValue::Float(number)) => self.read_text(&number.as_str().replace('_', "")),
            (_, DeValue::String(text)) => self.read_text(text),
            _ => Err(wrong()),
        }
    }

    /// The value that stands for "not given".
    #[must_use]
    pub fn none() -> Value {
        Value::from(Empty::None)
    }
}

/// A mode by its word; used by the command line.
///
/// # Errors
/// The list of modes, and the nearest one.
pub fn read_mode(text: &str) -> Result<Mode, String> {
    Mode::ALL
        .into_iter()
        .find(|mode| mode.as_str() == text)
        .ok_or_else(|| format!("{text:?} is not a mode{}", remedy(text, MODES)))
}

/// A log filter without the blanks around its parts. tracing-subscriber 0.3.23 counts its positions in the
/// trimmed text and cuts the untrimmed one with them: a leading blank gives it the wrong words, or a panic in the
/// middle of a character.
fn without_blanks(filter: &str) -> String {
    filter.split(',').map(str::trim).collect::<Vec<_>>().join(",")
}

fn near_word(text: &str, words: &[&str]) -> String {
    super::fault::nearest(text, words.iter().copied())
        .map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"))
}

fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

/// A duration, `Some(None)` for `off`; `None` if it is not one.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        return Some(None);
    }
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        _ => return None,
    };
    // Far beyond any use, and safely within what a clock can add.
    (!duration.is_zero() && duration <= Duration::from_secs(30 * 24 * 3600)).then_some(Some(duration))
}

/// A duration that may be none; `None` if it is not one.
#[must_use]
pub fn parse_delay(text: &str) -> Option<Duration> {
    if text == "0s" { Some(Duration::ZERO) } else { parse_duration(text)? }
}

/// A size in bytes, `Some(None)` for `off`; `None` if it is not one.
#[must_use]
pub fn parse_size(text: &str) -> Option<Option<u64>> {
    if text == "off" {
        return Some(None);
    }
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    let factor: u64 = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor).filter(|bytes| *bytes > 0).map(Some)
}

/// A number from 1 on, `Some(None)` for `off`; `None` if it is not one.
#[must_use]
pub fn parse_ratio(text: &str) -> Option<Option<f64>> {
    if text == "off" {
        return Some(None);
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = text.parse().ok().filter(|_| plain)?;
    (1.0..=1000.0).contains(&number).then_some(Some(number))
}

/// Whether it is `http://host/path` or `https://host/path`.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

fn check_url(text: &str) -> Option<()> {
    let uri: http::Uri = text.parse().ok()?;
    let plain = uri.scheme_str() == Some("http")
        && uri.path_and_query().is_none_or(|path| path.as_str() == "/")
        && uri.host().is_some_and(|host| !host.is_empty())
        && !uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    plain.then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_and_sizes_have_units() {
        assert_eq!(parse_duration("250ms"), Some(Some(Duration::from_millis(250))));
        assert_eq!(parse_duration("5m"), Some(Some(Duration::from_secs(300))));
        assert_eq!(parse_duration("off"), Some(None));
        for text in ["", "5", "s", "-1s", "1.5s", "0s", "99999999999999999999s", "5 s"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        assert_eq!(parse_delay("0s"), Some(Duration::ZERO));
        assert_eq!(parse_delay("5s"), Some(Duration::from_secs(5)));
        assert_eq!((parse_delay("off"), parse_delay("0"), parse_delay("-1s")), (None, None, None));
        assert_eq!(parse_size("64KiB"), Some(Some(65_536)));
        assert_eq!(parse_size("12"), Some(Some(12)));
        for text in ["", "0", "-1", "5KB", "99999999999999999999GiB"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }

    #[test]
    fn an_upstream_address_is_plain_http_without_a_path() {
        for good in ["http://127.0.0.1:4242", "http://localhost", "http://[::1]:4242/"] {
            assert!(Kind::Url.read_text(good).is_ok(), "{good}");
        }
        for bad in ["https://x", "127.0.0.1:4242", "http://a/b", "http://u:p@h", "", "http://", "http://a b"] {
            assert!(Kind::Url.read_text(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn blanks_around_the_parts_of_a_log_filter_mean_nothing() {
        let filter = Kind::LogFilter.read_text(" info , cutover=debug").expect("a filter");
        assert_eq!(filter, Value::from("info,cutover=debug"));
        assert!(
            Kind::LogFilter.read_text(" \u{1e119}=\"\u{1f79d}&C*!").is_err(),
            "a blank before letters of many bytes"
        );
    }

    proptest! {
        #[test]
        fn reading_a_value_never_panics(text in "\\PC{0,40}") {
            for kind in [Kind::Bool, Kind::Integer(1, 9), Kind::Duration, Kind::Size, Kind::Address, Kind::Url,
                         Kind::Path, Kind::MODE, Kind::Percent, Kind::Sticky, Kind::Networks, Kind::Hosts, Kind::LogFilter, Kind::Rules,
                         Kind::Ladder, Kind::Guardrails, Kind::Ratio, Kind::Webhook] {
                let _ = kind.read_text(&text);
            }
        }
    }
}
