//! Numbers for texts, so that a text that occurs a million times is kept once.
//!
//! Nearly all are ids of thirty letters. Such a text is kept inside the table itself: looking one up then costs one
//! visit to memory rather than three, which is most of what a status over a hundred thousand people costs.
//!
//! Not here: what the texts mean.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hash, Hasher},
};

/// A number for each text, in the order they are first met, from 0.
#[derive(Default)]
pub(crate) struct Numbers {
    short: HashMap<Short, u32, BuildHasherDefault<Mixed>>,
    long: HashMap<Box<str>, u32>,
}

/// A text of at most 31 bytes: the bytes, zeros, and the length.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Short([u8; 32]);

/// Takes the hash that a [`Short`] has already made.
#[derive(Default)]
struct Mixed(u64);

impl Numbers {
    /// The text's number; the next one when it is met for the first time.
    pub(crate) fn of(&mut self, text: &str) -> u32 {
        let next = self.len() as u32;
        match Short::of(text) {
            Some(short) => *self.short.entry(short).or_insert(next),
            None => match self.long.get(text) {
                Some(number) => *number,
                None => {
                    self.long.insert(text.into(), next);
                    next
                }
            },
        }
    }

    /// The text's number, when it has been met.
    pub(crate) fn known(&self, text: &str) -> Option<u32> {
        match Short::of(text) {
            Some(short) => self.short.get(&short).copied(),
            None => self.long.get(text).copied(),
        }
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// The texts, each in the place of its number.
    pub(crate) fn texts(self) -> Vec<Box<str>> {
        let mut texts = vec![Box::default(); self.len()];
        for (short, number) in &self.short {
            texts[*number as usize] = short.text().into();
        }
        for (text, number) in self.long {
            texts[number as usize] = text;
        }
        texts
    }
}

impl Short {
    fn of(text: &str) -> Option<Self> {
        if text.len() > 31 {
            return None;
        }
        let mut bytes = [0_u8; 32];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes[31] = text.len() as u8;
        Some(Self(bytes))
    }

    fn text(&self) -> &str {
        let bytes = self.0.get(..usize::from(self.0[31])).unwrap_or_default();
        std::str::from_utf8(bytes).expect("made from a text in Short::of")
    }

    fn word(&self, index: usize) -> u64 {
        let mut word = [0_u8; 8];
        word.copy_from_slice(&self.0[index * 8..index * 8 + 8]);
        u64::from_le_bytes(word)
    }
}

impl Hash for Short {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let fold = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            product as u64 ^ (product >> 64) as u64
        };
        let first = fold(
            self.word(0) ^ 0xa076_1d64_78bd_642f,
            self.word(1) ^ 0xe703_7ed1_a0b4_28db,
        );
        state.write_u64(fold(first ^ self.word(2), self.word(3) ^ 0x8ebc_6af0_9c88_c6e3));
    }
}

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_and_comes_back_whole() {
        let edge = "x".repeat(31);
        let over = "y".repeat(32);
        let wide = "z".repeat(400);
        let mut numbers = Numbers::default();
        let texts = [
            "per_1", "per_2", "per_1", "", &edge, &over, "per_1\0", &wide, &over, "é",
        ];
        let first: Vec<u32> = texts.iter().map(|t| numbers.of(t)).collect();
        assert_eq!(first, [0, 1, 0, 2, 3, 4, 5, 6, 4, 7]);
        assert_eq!(
            (numbers.known("per_2"), numbers.known("per_3"), numbers.len()),
            (Some(1), None, 8)
        );
        assert_eq!(numbers.known(&over), Some(4));
        let back = numbers.texts();
        let back: Vec<&str> = back.iter().map(|t| &**t).collect();
        assert_eq!(back, ["per_1", "per_2", "", &edge, &over, "per_1\0", &wide, "é"]);
    }
}
