//! Addresses, and what legacy says of each: bitcoin, bitcoin cash, polkadot, kusama; `Y`es, `n`o, or an e`X`ception.

use super::{Judged, bitcoin, cash, ecosystem::Ecosystem, substrate};
use crate::wire::validate::{Fault, addresses::checksummed};

const EXAMPLES: &[(&str, &str)] = &[
    ("1", "nnnn"),
    ("28", "nnXX"),
    ("2T", "nnXX"),
    ("zz", "nnnn"),
    ("abc", "nnnn"),
    ("deadbeef", "nnnn"),
    ("0x", "nnnn"),
    ("0X", "nnnn"),
    ("0x12", "nnnn"),
    ("12", "nnnn"),
    ("0x1111111111111111111111111111111111111111", "nnnn"),
    ("1111111111111111111111111111111111111111", "nnnn"),
    ("0XAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "nXnn"),
    ("0xgggggggggggggggggggggggggggggggggggggggg", "nXnn"),
    ("0x1111111111111111111111111111111111111111111111111111111111111111", "nnnn"),
    ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "Ynnn"),
    ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "nnnn"),
    ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "Ynnn"),
    ("mfcGAzvis9JQAb6avB6WBGiGrgWzLxuGaC", "nnnn"),
    ("1jzG5ZKoA3nF", "Ynnn"),
    ("dDc8z6", "Ynnn"),
    ("1Kw3ypvX2NHjfN7YCLTMi6cUm63RrJ58pDk3d6VceiDEixWdRxCM24z6uFwf", "Ynnn"),
    ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "Ynnn"),
    ("BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ", "Ynnn"),
    ("bc1qAR0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "nnnn"),
    ("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "nnnn"),
    ("bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr", "Ynnn"),
    ("bc1pw508d6qejxtdg4y5r3zarvary0c5xw7k7grplx", "nnnn"),
    ("bc1pqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3wf0qm", "Ynnn"),
    ("bc1sqypqyquhk7", "Ynnn"),
    ("bc1zqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpc4zklr", "Ynnn"),
    ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp", "nnnn"),
    ("bitcoincash:qpmmlusvvrjj9ha2xdgv8xcrpfwsqn5rngt3k26ve2", "nYnn"),
    ("qpmmlusvvrjj9ha2xdgv8xcrpfwsqn5rngt3k26ve2", "nYnn"),
    ("QPMMLUSVVRJJ9HA2XDGV8XCRPFWSQN5RNGT3K26VE2", "nYnn"),
    ("Qpmmlusvvrjj9ha2xdgv8xcrpfwsqn5rngt3k26ve2", "nnnn"),
    ("bitcoincash:", "nnnn"),
    ("bchtest:qpmmlusvvrjj9ha2xdgv8xcrpfwsqn5rngt3k26ve2", "nXnn"),
    ("a:b:c", "nnnn"),
    ("bitcoincash:qpmmlusvvrjj9ha2xdgv8xcrpfwsqn5rngt3k26ve3", "nXnn"),
    ("bitcoincash:pqpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvnm4dxrmw", "nYnn"),
    ("bitcoincash:0upsxqcrqvpj52kv6f", "nYnn"),
    ("bitcoincash:qqpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcp25g4lvx", "nYnn"),
    ("14t6BjgUxtaLQ8k2fe5sjfTimvfzqY1cFqsCvxF6a2BqzRDs", "nnYn"),
    ("GTQhimHjUKniFYxUhqvVTza4txawuGediyUAKXhVjNpZ54r", "nnnY"),
    ("5Fwo3QRR77JrxbjWi12sbWdZvJgM9ETUBM8imfFk1wAKouXw", "nnnn"),
    ("14t6BjgUxtaLQ8k2fe5sjfTimvfzqY1cFqsCvxF6a2BqzRD1", "nnnn"),
    ("1P5", "nnnn"),
    ("5555", "nnnn"),
    ("F7Hs", "nnnn"),
    ("25GUyv", "nnnn"),
    ("me.eth", "nnnn"),
    ("1b5", "nnYn"),
    ("13Mwh", "nnYn"),
    ("1nz95wy", "nnYn"),
    ("16BupYuFfoqxT", "nnYn"),
    ("1hfqEU2eeEjNVQUHSieBN5WhbcNfeqYUERgkHGCi4ohPFRsH", "nnYn"),
    ("gZj", "nnnY"),
    ("41LYM", "nnnY"),
    ("21ZLJ4wZ", "nnnY"),
    ("7cBQQd7Pr5coy", "nnnY"),
    ("tnjZaRF5RCXWTTboBK4LhTgGW3bDkfvxp1KyHDUs8c93LfUf", "nnnY"),
    ("F7pv", "nnnn"),
    ("25Jqor", "nnnn"),
    ("MvrHPk7c", "nnnn"),
    ("3Mx1GA5JDPX5LS", "nnnn"),
    ("KWY2ATTXcvSSFnYC3sBPZP6ycajvHmMgpPcATGH3zSczBDKhE", "nnnn"),
    ("gCPXCjPGqT1WPuPuMHQ2B6GzUJZWEkBPkg9sJSPbZExDhSVUw", "nnnn"),
];

fn said(judged: &Judged) -> char {
    match judged {
        Ok(true) => 'Y',
        Ok(false) => 'n',
        Err(Fault::Crash(_)) => 'X',
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn addresses_are_judged_as_legacy_judges_them() {
    for (address, expected) in EXAMPLES {
        let judged = [
            bitcoin::is_valid(address),
            cash::is_valid(address),
            substrate::is_valid(address, substrate::POLKADOT),
            substrate::is_valid(address, substrate::KUSAMA),
        ];
        assert_eq!(judged.iter().map(said).collect::<String>(), **expected, "{address}");
    }
}

#[test]
fn the_first_family_that_takes_an_address_has_it_and_an_exception_on_the_way_is_legacys_answer() {
    for (address, expected) in EXAMPLES {
        let of = Ecosystem::of(address);
        let tests: Vec<char> = expected.chars().collect();
        match tests[..] {
            _ if checksummed(address).is_some() => assert_eq!(of, Ok(Some(Ecosystem::Evm)), "{address}"),
            ['Y', ..] | [_, 'Y', ..] => assert_eq!(of, Ok(Some(Ecosystem::Bitcoin)), "{address}"),
            [_, 'X', ..] | [_, _, 'X', _] => assert!(matches!(of, Err(Fault::Crash(_))), "{address}"),
            [_, _, 'Y', _] | [_, _, _, 'Y'] => assert_eq!(of, Ok(Some(Ecosystem::Substrate)), "{address}"),
            _ => assert_eq!(of, Ok(None), "{address}"),
        }
    }
    for address in ["a b", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\n", "ä"] {
        assert!(matches!(Ecosystem::of(address), Err(Fault::Legacy(_))), "{address}");
    }
}
