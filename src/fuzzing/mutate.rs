//! Inputs made of other inputs: a small deterministic mutator, for the run without a fuzzer.

use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};

/// Longest input that is made.
const LONGEST: usize = 4096;

/// What a mutation draws from.
#[derive(Debug)]
pub(super) struct Material {
    /// Inputs of the seed corpus.
    pub(super) seeds: Vec<Vec<u8>>,
    /// Words of the target's dictionary.
    pub(super) words: Vec<Vec<u8>>,
}

impl Material {
    /// A seed with one to six changes.
    pub(super) fn draw(&self, random: &mut StdRng) -> Vec<u8> {
        let mut input = self.seeds.choose(random).cloned().unwrap_or_default();
        for _ in 0..random.random_range(1..=6) {
            self.change(random, &mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&self, random: &mut StdRng, input: &mut Vec<u8>) {
        let at = random.random_range(0..=input.len());
        let end = (at + random.random_range(0..16)).min(input.len());
        match random.random_range(0..10) {
            0 => insert(input, at, &[random.random()]),
            1 => insert(input, at, b"\n"),
            2 => drop(input.drain(at..end)),
            3 => {
                let piece = input[at..end].to_vec();
                let times = random.random_range(1..5);
                insert(input, at, &piece.repeat(times));
            }
            4 | 5 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = match random.random_range(0..3) {
                        0 => *byte ^ (1 << random.random_range(0..8)),
                        1 => byte.wrapping_add(random.random_range(0..3)).wrapping_sub(1),
                        _ => *[0, b' ', b'0', b'9', b'/', b'%', b'"', 0x7f, 0x80, 0xff].choose(random).unwrap(),
                    };
                }
            }
            6 | 7 => {
                if let Some(word) = self.words.choose(random) {
                    insert(input, at, word);
                }
            }
            8 => {
                if let Some(other) = self.seeds.choose(random).filter(|other| !other.is_empty()) {
                    let from = random.random_range(0..other.len());
                    let to = (from + random.random_range(1..64)).min(other.len());
                    insert(input, at, &other[from..to]);
                }
            }
            _ => {
                let other = self.seeds.choose(random).map(Vec::as_slice).unwrap_or_default();
                input.truncate(at);
                input.extend_from_slice(&other[random.random_range(0..=other.len())..]);
            }
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}

/// The words of a dictionary as libFuzzer reads it: a quoted text a line, `\xAB`, `\"` and `\\` in it, comments after
/// `#`, names before `=`.
pub(super) fn words(dictionary: &str) -> Vec<Vec<u8>> {
    let lines = dictionary.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let quoted = lines.map(|line| {
        let text = line.find('"').and_then(|at| line[at + 1..].strip_suffix('"'));
        text.unwrap_or_else(|| panic!("{line}: no quoted text")).as_bytes()
    });
    quoted.map(unescaped).collect()
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut word = Vec::new();
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digits = [*high, *low];
                (u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap(), after)
            }
            (b'\\', [escaped @ (b'"' | b'\\'), after @ ..]) => (*escaped, after),
            (byte, after) => (*byte, after),
        };
        word.push(byte);
        rest = after;
    }
    word
}

#[test]
fn a_dictionary_is_read_as_libfuzzer_reads_it() {
    let text = "# words\n\nname=\"ab\"\n\"\\x0d\\x0A\"\n\"\\\"\\\\\"\n";
    assert_eq!(words(text), [b"ab".to_vec(), b"\r\n".to_vec(), b"\"\\".to_vec()]);
}
