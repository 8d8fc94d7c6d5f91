//! `cutover man`: manual pages, for whoever makes a package.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Command};
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

/// Options of `cutover man`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cutover man target/man\n      cutover.1, and one for each command, as in cutover-serve.1"
)]
pub struct Pages {
    /// The folder they are written to, which is there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Pages {
    pub(super) fn run(self, command: Command) -> anyhow::Result<ExitCode> {
        let mut command = command.disable_help_subcommand(true);
        // Names of commands of commands are known then: cutover-parity-learn.
        command.build();
        write(&command, &self.directory).with_context(|| format!("writing to {}", self.directory.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn write(command: &Command, directory: &Path) -> io::Result<()> {
    for below in command.get_subcommands() {
        write(below, directory)?;
    }
    let man = Man::new(command.clone()).manual("cutover").source(concat!("cutover ", env!("CARGO_PKG_VERSION")));
    std::fs::write(directory.join(man.get_filename()), page(&man, command)?)
}

/// As `clap_mangen` has it, but that the lines at the end stay lines: they are examples, and would be filled to a
/// paragraph.
fn page(man: &Man, command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(text) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        let mut roff = Roff::new();
        roff.control("SH", ["EXAMPLES AND NOTES"]).control("nf", []);
        for line in text.to_string().lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []).to_writer(&mut page)?;
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_stay_the_lines_they_are() {
        let command = Command::new("x").about("Does it").after_help("Examples:\n  x -a\n      all\n.hidden 'q'");
        let page = page(&Man::new(command.clone()), &command).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(".nf\nExamples:\n  x \\-a\n      all\n\\&.hidden "), "{page}");
        assert!(page.ends_with(".fi\n"), "{page}");
    }
}
