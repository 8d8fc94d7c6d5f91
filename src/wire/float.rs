//! Python's floats, printed.

/// A finite float as Python's `repr` prints it: shortest digits, an exponent below 1e-4 and from 1e16 on.
#[must_use]
pub fn repr(value: f64) -> String {
    let shortest = format!("{value:e}");
    // Of two shortest texts that are equally near, Python takes the even one and the standard library the greater.
    let digits = shortest.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    let even = format!("{value:.*e}", digits.saturating_sub(1));
    let scientific = if even.parse() == Ok(value) { even } else { shortest };
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return plain(mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// A mantissa as in `-1.25` and its power of ten, written out with at least one digit on both sides of the point.
fn plain(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let digits = mantissa.replace('.', "");
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or_default();
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(places - 1));
    }
    let digits = format!("{digits:0<width$}", width = places + 2);
    let (whole, part) = digits.split_at(places + 1);
    format!("{sign}{whole}.{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_printed_as_repr_prints_them() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (-0.0, "-0.0"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (123_456.789, "123456.789"),
            (1e22, "1e+22"),
            (1_029_215_234_529_062.2, "1029215234529062.2"),
            (9_007_199_254_740_992.0, "9007199254740992.0"),
            (0.000_125, "0.000125"),
            (-123.0, "-123.0"),
            (2e-308, "2e-308"),
            (9.5, "9.5"),
        ] {
            assert_eq!(repr(value), text);
        }
    }
}
