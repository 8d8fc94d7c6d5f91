//! Who writes the lines: a thread of its own. A request hands its line over and does not wait; where the disk is slower
//! than the requests, lines are left out and counted.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use parking_lot::Mutex;

use super::{Detail, line};
use crate::{config::settings::AccessFormat, telemetry::event::Event};

/// Lines that may wait.
const WAITING: usize = 8192;

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Standard output.
    Stdout,
    /// The end of a file.
    File(PathBuf),
}

/// The access log of a running bridge.
#[derive(Debug)]
pub struct AccessLog {
    format: AccessFormat,
    lines: Mutex<Option<Sender<Wanted>>>,
    reopen: Sender<()>,
    dropped: Arc<AtomicU64>,
    writing: Mutex<Option<JoinHandle<()>>>,
}

/// What is to be done.
enum Wanted {
    Line(String),
    /// Look whether the file is to be opened anew.
    Look,
}

struct Writer {
    place: Place,
    out: BufWriter<Box<dyn Write + Send>>,
    reopen: Receiver<()>,
    dropped: Arc<AtomicU64>,
}

impl Place {
    fn open(&self) -> io::Result<Box<dyn Write + Send>> {
        Ok(match self {
            Self::Stdout => Box::new(io::stdout()),
            Self::File(path) => Box::new(append(path)?),
        })
    }
}

/// Others may move it away meanwhile, and a second line must not be written over the first.
fn append(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

impl AccessLog {
    /// Opens it. Blocking.
    ///
    /// # Errors
    /// The file can not be written, or there can be no more threads.
    pub fn open(place: Place, format: AccessFormat) -> io::Result<Self> {
        let (lines, wanted) = bounded(WAITING);
        let (reopen, asked) = bounded(1);
        let dropped = Arc::<AtomicU64>::default();
        let out = BufWriter::new(place.open()?);
        let writer = Writer { place, out, reopen: asked, dropped: Arc::clone(&dropped) };
        let writing = std::thread::Builder::new().name("access".to_owned()).spawn(move || writer.run(&wanted))?;
        Ok(Self { format, lines: Mutex::new(Some(lines)), reopen, dropped, writing: Mutex::new(Some(writing)) })
    }

    /// Writes a line, in a while.
    pub fn write(&self, event: &Event<'_>, detail: &Detail) {
        let Some(lines) = self.lines.lock().clone() else { return };
        match lines.try_send(Wanted::Line(line::of(self.format, event, detail))) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Has the file opened anew, at its path: it was moved away. What was written before goes to the old one.
    pub fn reopen(&self) {
        // One that waits is as good as this one, and a full queue looks by itself.
        let _ = self.reopen.try_send(());
        if let Some(lines) = &*self.lines.lock() {
            let _ = lines.try_send(Wanted::Look);
        }
    }

    /// Lines that were left out.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what waits. Blocking.
    pub fn close(&self) {
        self.lines.lock().take();
        if let Some(writing) = self.writing.lock().take() {
            let _ = writing.join();
        }
    }
}

impl Writer {
    fn run(mut self, wanted: &Receiver<Wanted>) {
        while let Ok(first) = wanted.recv() {
            let mut next = Some(first);
            while let Some(wanted_now) = next {
                self.look();
                if let Wanted::Line(line) = wanted_now {
                    let written = self.out.write_all(line.as_bytes());
                    self.noted(written);
                }
                next = wanted.try_recv().ok();
            }
            // Nobody waits any more: whoever follows the file sees all of it.
            let flushed = self.out.flush();
            self.noted(flushed);
        }
    }

    fn look(&mut self) {
        if self.reopen.try_recv().is_err() {
            return;
        }
        let flushed = self.out.flush();
        self.noted(flushed);
        match self.place.open() {
            Ok(out) => self.out = BufWriter::new(out),
            Err(error) => tracing::warn!(
                %error,
                "the access log can not be opened anew (log.access); it goes on where it was. Mend that and send SIGHUP"
            ),
        }
    }

    fn noted(&mut self, done: io::Result<()>) {
        if let Err(error) = done {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%error, "the access log can not be written (log.access)");
            // What could not be written would be tried again with each line, and grow.
            if let Ok(out) = self.place.open() {
                let old = std::mem::replace(&mut self.out, BufWriter::new(out));
                drop(old.into_parts());
            }
        }
    }
}
