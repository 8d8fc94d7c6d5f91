//! `cutover completions`: what a shell completes of the command line.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::shared::print;

/// Options of `cutover completions`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  source <(cutover completions bash)
      for this shell alone
  cutover completions bash > ~/.local/share/bash-completion/completions/cutover
  cutover completions zsh > ~/.zfunc/_cutover
      with fpath+=~/.zfunc before compinit in ~/.zshrc
  cutover completions fish > ~/.config/fish/completions/cutover.fish

The .deb installs those for bash, zsh and fish.";

impl Completions {
    pub(super) fn run(self, mut command: Command) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "cutover", &mut script);
        print(&String::from_utf8(script)?)?;
        Ok(ExitCode::SUCCESS)
    }
}
