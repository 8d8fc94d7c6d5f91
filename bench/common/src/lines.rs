//! Requests come in on stdin, answers go out on stdout, one JSON object per line. It ends with its input.

use std::{
    io::{BufRead, Write},
    process::ExitCode,
};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Error;

/// Answers requests until there are no more. One that fails is answered `{"error": …}`.
#[must_use]
pub fn answer_lines<R: DeserializeOwned>(answer: impl FnMut(R) -> Result<Value, Error>) -> ExitCode {
    match answer_all(answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer_all<R: DeserializeOwned>(mut answer: impl FnMut(R) -> Result<Value, Error>) -> Result<(), Error> {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = serde_json::from_str(&line?)
            .map_err(Error::from)
            .and_then(&mut answer)
            .unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}
