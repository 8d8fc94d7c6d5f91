//! An upstream that takes next to no time: what a proxy itself costs shows best in front of it. One thread.
//!
//! It prints its address, and ends with its input. What it answers is its argument:
//!
//! - `same`, `different` ([`answers`]): every request as legacy answers a ping; each one differently, by its
//!   `x-bench-number`: other keys, other values, other places
//! - `bodies` ([`bodies`]): small and large ones, as quickly as can be

mod answers;
mod bodies;

use std::{
    error::Error,
    io::Read,
    process::ExitCode,
    sync::{Arc, atomic::AtomicU64},
};

use tokio::net::TcpListener;

use crate::bodies::Bodies;

/// What connections are answered with.
#[derive(Clone)]
enum Answers {
    /// Small ones.
    Small { different: bool, asked: Arc<AtomicU64> },
    /// Bodies.
    Bodies(Arc<Bodies>),
}

fn main() -> ExitCode {
    let asked = Arc::default();
    let answers = match std::env::args().nth(1).as_deref() {
        Some("same") => Answers::Small { different: false, asked },
        Some("different") => Answers::Small { different: true, asked },
        Some("bodies") => Answers::Bodies(Arc::default()),
        _ => {
            eprintln!("usage: bench-upstream same|different|bodies");
            return ExitCode::from(2);
        }
    };
    match run(answers) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(answers: Answers) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whoever started it may be gone without a word.
    let (gone, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = gone.send(());
    });
    runtime.block_on(async {
        tokio::select! {
            served = listen(answers) => served,
            _ = end => Ok(()),
        }
    })
}

async fn listen(answers: Answers) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // A connection that breaks off is the client's affair.
        match answers.clone() {
            Answers::Small { different, asked } => {
                tokio::spawn(async move { answers::serve(stream, different, &asked).await.ok() })
            }
            Answers::Bodies(bodies) => tokio::spawn(async move { bodies::serve(stream, &bodies).await.ok() }),
        };
    }
}
