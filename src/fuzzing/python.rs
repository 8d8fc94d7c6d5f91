//! A Python that answers one question after the other: a line in, a line out.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use parking_lot::Mutex;
use serde_json::Value;

/// A script in the project's own Python, started with the first question.
#[derive(Debug)]
pub(super) struct Python {
    script: &'static str,
    running: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Asleep,
    Absent,
    Running(Running),
}

#[derive(Debug)]
struct Running {
    /// Ends by itself when its input does.
    _child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// `script` defines `answer(question)`, from and to what JSON can hold.
    pub(super) const fn new(script: &'static str) -> Self {
        Self { script, running: Mutex::new(State::Asleep) }
    }

    /// What the script answers; none where there is no Python of the project's (`scripts/setup` makes it).
    pub(super) fn ask(&self, question: &Value) -> Option<Value> {
        let mut state = self.running.lock();
        if matches!(*state, State::Asleep) {
            *state = start(self.script).map_or(State::Absent, State::Running);
        }
        let State::Running(running) = &mut *state else { return None };
        writeln!(running.questions, "{question}").unwrap();
        running.questions.flush().unwrap();
        let mut line = String::new();
        running.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "Python ended at {question}");
        // A key that serde_json keeps for itself: an object that has it is no object to it.
        if line.contains("$serde_json::private::") {
            return None;
        }
        Some(serde_json::from_str(&line).unwrap())
    }
}

const LOOP: &str = r"
import json, sys
for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + '\n')
    sys.stdout.flush()
";

fn start(script: &str) -> Option<Running> {
    let interpreter = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    if !interpreter.exists() {
        return None;
    }
    let mut child = Command::new(interpreter)
        .args(["-X", "utf8", "-c", &format!("{script}{LOOP}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (questions, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    Some(Running { _child: child, questions, answers: BufReader::new(answers) })
}
